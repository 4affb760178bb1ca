import { assertEquals } from "@std/assert";
import { createdNames } from "./sql_names.ts";

const relation = (name: string) => `table, view, index or type "${name}"`;

Deno.test("createdNames reads every kind of name as pg_dump and people write it", () => {
  const cases: [string, string[]][] = [
    ["create table orders (id int);", [relation("public.orders")]],
    [`CREATE TABLE IF NOT EXISTS "public"."Orders" ();`, [relation("public.Orders")]],
    ["create unlogged table Billing.Orders ();", [relation("billing.orders")]],
    ["create or replace view public.v as select 1;", [relation("public.v")]],
    ["create materialized view if not exists v as select 1;", [relation("public.v")]],
    ["create or replace function public.has_entitlement(key text) returns bool", [
      `function "public.has_entitlement"`,
    ]],
    ["create type public.claim as (a int);", [relation("public.claim")]],
    ["create sequence billing.tickets;", [relation("billing.tickets")]],
    ["create schema if not exists billing;", [`schema "billing"`]],
    ["create unique index concurrently if not exists i on billing.t (a);", [relation("billing.i")]],
    ["create index i on only t (a);", [relation("public.i")]],
    ["create index on t (a);", []],
    ["create temporary table t ();", []],
    ["-- create table t ();\n/* create table\n u (); */", []],
    [`create policy "create a table" on t;`, []],
  ];
  for (const [sql, names] of cases) assertEquals([...createdNames(sql)], names, sql);
});

Deno.test("createdNames forgets what is dropped later and keeps what is created again", () => {
  const sql = `create table a (); create table b (); create function f() returns int;
    drop table if exists public.a, b cascade; drop function f(int); create table b ();`;
  assertEquals([...createdNames(sql)], [relation("public.b")]);
});
