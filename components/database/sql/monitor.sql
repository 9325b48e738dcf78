-- The exporters' role: reads statistics, owns nothing, has no password, and comes in by the pod's own socket only
-- (pg_hba.conf, pg_ident.conf). Whatever a restore brought, it has no more than this.
select 'create role holdfast_monitor' where not exists (select from pg_roles where rolname = 'holdfast_monitor') \gexec
alter role holdfast_monitor with login inherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 8 password null;
alter role holdfast_monitor set statement_timeout = '5s';
grant pg_monitor to holdfast_monitor;
