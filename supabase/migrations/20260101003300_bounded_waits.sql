-- A row that another transaction has locked for long must not fail the events that are claimed or recorded together with its
-- own. These functions give up before their caller does, which then repeats the call for each event alone.

alter function public.claim_events set lock_timeout = '2s';
alter function public.record_fetches set lock_timeout = '2s';
alter function public.record_and_claim set lock_timeout = '2s';
