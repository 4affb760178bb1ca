import type { ProductWithPrices } from "@clerk-stripe-supabase/client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearch } from "wouter";
import { Buy } from "../checkout.tsx";
import { Page } from "../page.tsx";
import { currenciesOf, type Interval, priceOf, showPrice, trialOf } from "../prices.ts";
import { useBilling, useOwner } from "../project.tsx";
import { productsQuery } from "../queries.ts";
import { Failure } from "../ui/failure.tsx";
import { Loading } from "../ui/loading.tsx";
import { Select } from "../ui/select.tsx";

export function PricingPage() {
  const { data, error, refetch } = useQuery(productsQuery(useBilling(), useOwner()));
  return (
    <Page title="Pricing">
      {error
        ? <Failure title="The plans cannot be loaded" error={error} retry={() => refetch()} />
        : !data
        ? <Loading label="Loading the plans" boxes={3} />
        : data.length === 0
        ? <p className="text-muted-foreground">Nothing is on sale at the moment.</p>
        : <Catalog products={data} />}
    </Page>
  );
}

/** Metadata of this example: `category`, `tier` (the order of plans) and `highlight`. */
function Catalog({ products }: { products: readonly ProductWithPrices[] }) {
  const search = new URLSearchParams(useSearch());
  const chosen = products.flatMap(({ prices }) => prices).find(({ id }) => id === search.get("buy"));
  const [interval, setInterval] = useState<Interval>(chosen?.recurring?.interval === "year" ? "year" : "month");
  const [currency, setCurrency] = useState(search.get("currency") ?? products[0]?.prices[0]?.currency ?? "usd");

  const plans = products.filter(({ metadata }) => metadata.category === "plan")
    .toSorted((a, b) => Number(a.metadata.tier) - Number(b.metadata.tier));
  const others = products.filter(({ metadata }) => metadata.category !== "plan");
  const currencies = [...new Set(products.flatMap(({ prices }) => prices.flatMap(currenciesOf)))].toSorted();

  return (
    <div className="space-y-12">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <IntervalChoice value={interval} onChange={setInterval} />
        <label className="flex items-center gap-2">
          <span className="text-muted-foreground">Currency</span>
          <Select value={currency} onChange={({ target }) => setCurrency(target.value)}>
            {currencies.map((code) => <option key={code} value={code}>{code.toUpperCase()}</option>)}
          </Select>
        </label>
      </div>
      <ul className="grid gap-6 sm:grid-cols-[repeat(auto-fit,minmax(15rem,1fr))]">
        {plans.map((plan) => <Plan key={plan.id} product={plan} interval={interval} currency={currency} />)}
      </ul>
      {others.length > 0 && (
        <section aria-labelledby="others" className="space-y-6">
          <h2 id="others" className="text-xl font-semibold">Add-ons and services</h2>
          <ul className="grid gap-6 sm:grid-cols-[repeat(auto-fit,minmax(15rem,1fr))]">
            {others.map((product) => <Other key={product.id} product={product} currency={currency} />)}
          </ul>
        </section>
      )}
    </div>
  );
}

function IntervalChoice({ value, onChange }: { value: Interval; onChange: (interval: Interval) => void }) {
  return (
    <fieldset className="border-line bg-card flex rounded-lg border p-1">
      <legend className="sr-only">Billing period</legend>
      {([["month", "Monthly"], ["year", "Yearly"]] as const).map(([interval, label]) => (
        <label
          key={interval}
          className="has-checked:bg-primary has-checked:text-primary-foreground has-focus-visible:outline-primary flex min-h-11 cursor-pointer items-center rounded-md px-4 has-focus-visible:outline-2 has-focus-visible:outline-offset-2"
        >
          <input
            type="radio"
            name="interval"
            className="sr-only"
            checked={value === interval}
            onChange={() => onChange(interval)}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

interface ProductProps {
  readonly product: ProductWithPrices;
  readonly currency: string;
}

function Plan({ product, interval, currency }: ProductProps & { interval: Interval }) {
  const price = priceOf(product, interval);
  if (price === undefined) return null;
  const { amount, unit } = showPrice(price, product, currency);
  const trial = trialOf(price, product);
  const highlight = product.metadata.highlight === "true";
  return (
    <li
      className={`bg-card flex flex-col gap-5 rounded-xl border p-6 ${
        highlight ? "border-primary ring-primary ring-1" : "border-line"
      }`}
    >
      <div className="space-y-1">
        <div className="flex items-baseline justify-between gap-2">
          <h2 className="text-xl font-semibold">{product.name}</h2>
          {highlight && <span className="text-primary text-sm font-medium">Most popular</span>}
        </div>
        <p className="text-muted-foreground min-h-12">{product.description}</p>
      </div>
      <p>
        <span className="text-3xl font-semibold tracking-tight">{amount}</span>
        <span className="text-muted-foreground">{unit && ` ${unit}`}</span>
      </p>
      <Buy price={price} currency={currency} label={`Choose ${product.name}`} highlight={highlight} />
      {trial > 0 && <p className="text-muted-foreground text-sm">{trial} days free, once</p>}
      <Features product={product} />
    </li>
  );
}

/** A product with each of its prices. */
function Other({ product, currency }: ProductProps) {
  return (
    <li className="bg-card border-line flex flex-col gap-4 rounded-xl border p-6">
      <div className="space-y-1">
        <h3 className="text-lg font-semibold">{product.name}</h3>
        <p className="text-muted-foreground">{product.description}</p>
      </div>
      <Features product={product} />
      {product.prices.map((price) => {
        const { amount, unit } = showPrice(price, product, currency);
        const name = (product.prices.length > 1 && price.nickname) || product.name;
        return (
          <div key={price.id} className="border-line space-y-3 border-t pt-4">
            <p>
              {product.prices.length > 1 && <span className="block text-sm">{name}</span>}
              <span className="text-xl font-semibold">{amount}</span>
              <span className="text-muted-foreground">{unit && ` ${unit}`}</span>
            </p>
            <Buy price={price} currency={currency} label={`Buy ${name}`} />
          </div>
        );
      })}
    </li>
  );
}

function Features({ product: { marketing_features } }: { product: ProductWithPrices }) {
  if (marketing_features.length === 0) return null;
  return (
    <ul className="space-y-2">
      {marketing_features.map(({ name }) => (
        <li key={name} className="flex gap-2">
          <span aria-hidden className="text-primary">✓</span>
          {name}
        </li>
      ))}
    </ul>
  );
}
