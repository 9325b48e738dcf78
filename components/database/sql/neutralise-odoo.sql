-- A copy of production that must not act like it: no mail, no polling, no jobs.
-- Odoo 14 has no command for it. Tables of modules that are not installed are
-- left out; what was switched off is remembered, so that it can be switched on.
-- May be done twice: a pod can be killed between this and the note of it.
select to_regclass('public.ir_config_parameter') is not null as found \gset
\if :found

insert into ir_config_parameter (key, value, create_date, write_date)
select 'holdfast.neutralised.crons', string_agg(id::text, ',' order by id), now(), now()
from ir_cron where active having count(*) > 0
on conflict (key) do update set value = excluded.value, write_date = now();
update ir_cron set active = false;

select to_regclass('public.ir_mail_server') is not null as found \gset
\if :found
-- With all its mail servers off, Odoo falls back to the command line's: an invalid one must be there and be first.
update ir_mail_server set active = false where smtp_host <> 'neutralised.invalid';
-- Archived is not enough: a mail or a template that names its server goes by it all the same. What stands before the
-- ending is the server that it was.
update ir_mail_server set smtp_host = smtp_host || '.neutralised.invalid' where smtp_host not like '%neutralised.invalid';
insert into ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, sequence, active, create_date, write_date)
select 'holdfast: neutralised', 'neutralised.invalid', 25, 'none', 0, true, now(), now()
where not exists (select from ir_mail_server where smtp_host = 'neutralised.invalid' and active);
\endif

select to_regclass('public.mail_mail') is not null as found \gset
\if :found
update mail_mail set state = 'exception', failure_reason = 'held: this database is a neutralised copy'
where state = 'outgoing';
\endif
select to_regclass('public.fetchmail_server') is not null as found \gset
\if :found
update fetchmail_server set active = false;
\endif
select to_regclass('public.base_automation') is not null as found \gset
\if :found
update base_automation set active = false;
\endif
select to_regclass('public.payment_acquirer') is not null as found \gset
\if :found
update payment_acquirer set state = 'disabled' where state = 'enabled';
\endif

insert into ir_config_parameter (key, value, create_date, write_date)
values ('holdfast.neutralised', :'epoch', now(), now()), ('database.is_neutralized', 'True', now(), now())
on conflict (key) do update set value = excluded.value, write_date = now();
\endif
