-- Every row says what is not quiet.
select to_regclass('public.ir_config_parameter') is not null as found \gset
\if :found
select format('%s scheduled jobs are active', count(*)) from ir_cron where active having count(*) > 0;
select 'the flag database.is_neutralized is not set' where not exists (
	select from ir_config_parameter where key = 'database.is_neutralized' and value = 'True'
);
select to_regclass('public.ir_mail_server') is not null as found \gset
\if :found
select format('the mail server %s is active', smtp_host) from ir_mail_server
where active and smtp_host <> 'neutralised.invalid';
select format('the archived mail server %s is still named', smtp_host) from ir_mail_server
where not active and smtp_host not like '%neutralised.invalid';
select 'no invalid mail server is there: mail goes by the command line''s' where not exists (
	select from ir_mail_server where active and smtp_host = 'neutralised.invalid'
);
\endif
select to_regclass('public.mail_mail') is not null as found \gset
\if :found
select format('%s mails are queued', count(*)) from mail_mail where state = 'outgoing' having count(*) > 0;
\endif
select to_regclass('public.fetchmail_server') is not null as found \gset
\if :found
select format('%s mailboxes are polled', count(*)) from fetchmail_server where active having count(*) > 0;
\endif
\endif
