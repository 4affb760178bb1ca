import type postgres from "postgres";

/**
 * Copies the existing customer to many users, in the mapping and in the mirror, with the same rows as creating each one.
 *
 * @returns Ids of up to 500 of the users, evenly spread.
 */
export async function fillCustomers(sql: postgres.Sql, count: number): Promise<string[]> {
  const [customer] = await sql`select data from stripe_customers limit 1`;
  if (customer === undefined) throw new Error("Cannot copy a customer: create one first");
  await sql`
    with ticket as materialized (select nextval('billing.tickets') as ticket)
    insert into stripe_customers (ticket, data)
    select ticket.ticket, ${customer.data}::jsonb || jsonb_build_object(
      'id', 'cus_bench' || number,
      'email', 'bench' || number || '@example.com',
      'metadata', ${customer.data}::jsonb -> 'metadata' || jsonb_build_object('clerk_user_id', 'user_bench' || number)
    )
    from ticket, generate_series(1, ${count}::int) as number`;
  await sql`
    insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id, claimed_at)
    select 'user_bench' || number, 'cus_bench' || number, now() from generate_series(1, ${count}::int) as number`;
  await sql`analyze stripe_customers, stripe_customer_mapping`;

  const chosen = Math.min(count, 500);
  return Array.from({ length: chosen }, (_, index) => `user_bench${1 + Math.floor(index * count / chosen)}`);
}
