-- The drill's own tables, in their own database: rows whose presence after a
-- recovery says what was lost, and the terms that served. Run at every start.
create schema if not exists holdfast;
grant usage on schema holdfast to prober;

create table if not exists holdfast.heartbeat (
	epoch integer not null,
	number bigint not null,
	at timestamptz not null default clock_timestamp(),
	primary key (epoch, number)
);
create table if not exists holdfast.load_row (
	epoch integer not null,
	number bigint not null,
	payload text not null,
	primary key (epoch, number)
);
create table if not exists holdfast.term (
	epoch integer primary key,
	site text not null,
	since timestamptz not null default clock_timestamp()
);

alter table holdfast.heartbeat owner to prober;
grant select on holdfast.heartbeat, holdfast.load_row, holdfast.term to prober;
-- The prober reads replay and WAL positions of a server that it is no superuser of.
grant pg_monitor to prober;

-- A stack without a write load has no role for it.
select exists (select from pg_roles where rolname = 'load') as has_load \gset
\if :has_load
grant usage on schema holdfast to load;
alter table holdfast.load_row owner to load;
grant select on holdfast.term to load;
grant select on holdfast.load_row to prober;
\endif
