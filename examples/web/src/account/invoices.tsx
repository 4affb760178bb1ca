import { useInfiniteQuery } from "@tanstack/react-query";
import { formatDate, formatMoney } from "../money.ts";
import { useBilling, useOwner } from "../project.tsx";
import { invoicesQuery } from "../queries.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Failure } from "../ui/failure.tsx";

export function Invoices() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    invoicesQuery(useBilling(), useOwner()),
  );
  const invoices = data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Card title="Invoices">
      {error && <Failure title="The invoices cannot be loaded" error={error} retry={() => refetch()} />}
      {data && invoices.length === 0 && <p className="text-muted-foreground">There are no invoices yet.</p>}
      {invoices.length > 0 && (
        <table className="w-full text-left">
          <thead className="text-muted-foreground text-sm">
            <tr>
              <th scope="col" className="py-2 font-medium">Date</th>
              <th scope="col" className="py-2 font-medium">Amount</th>
              <th scope="col" className="py-2 font-medium">Status</th>
              <th scope="col" className="py-2">
                <span className="sr-only">Links</span>
              </th>
            </tr>
          </thead>
          <tbody className="divide-line divide-y">
            {invoices.map(({ id, number, created, total, currency, status, hosted_invoice_url, invoice_pdf }) => (
              <tr key={id}>
                <td className="py-2">{formatDate(created)}</td>
                <td className="py-2">{formatMoney(total, currency)}</td>
                <td className="py-2">{status}</td>
                <td className="py-2 text-right">
                  {hosted_invoice_url && (
                    <a href={hosted_invoice_url} aria-label={`View invoice ${number ?? id}`} className={LINK}>View</a>
                  )}
                  {invoice_pdf && (
                    <a href={invoice_pdf} aria-label={`PDF of invoice ${number ?? id}`} className={LINK}>PDF</a>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {hasNextPage && <Button busy={isFetchingNextPage} onClick={() => fetchNextPage()}>Show older invoices</Button>}
    </Card>
  );
}

const LINK = "inline-flex min-h-11 items-center px-2 underline";
