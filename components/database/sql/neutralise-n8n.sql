-- A copy of n8n that must not act by itself: no schedule, no poll, no trigger, no webhook but those that key
-- functions use. `activeVersionId` is what n8n 2.40 starts workflows by; `active` is kept along with it. What was
-- switched off is remembered in `settings`. May be done twice.
select to_regclass('public.workflow_published_version') is not null as found \gset
\if :found

create temporary table kept on commit drop as
select id from workflow_entity
where name = any (string_to_array(:'keep', E'\n')) or id = any (string_to_array(:'keep', E'\n'));

insert into settings (key, value, "loadOnStartup")
select 'holdfast.neutralised.workflows', json_object_agg(id, "activeVersionId"), false
from workflow_entity where "activeVersionId" is not null and id not in (select id from kept)
having count(*) > 0
on conflict (key) do update set value = excluded.value;

update workflow_entity set active = false, "activeVersionId" = null where id not in (select id from kept);
delete from workflow_published_version where "workflowId" not in (select id from kept);
delete from webhook_entity where "workflowId" not in (select id from kept);
delete from workflow_publication_trigger_status where "workflowId" not in (select id from kept);
delete from workflow_publication_outbox where status <> 'completed';
-- n8n resumes these after a start.
update execution_entity set status = 'canceled', "waitTill" = null, "stoppedAt" = now()
where status in ('new', 'running', 'waiting');
update agents set "activeVersionId" = null where "activeVersionId" is not null;

insert into settings (key, value, "loadOnStartup") values ('holdfast.neutralised', :'epoch', false)
on conflict (key) do update set value = excluded.value;
\endif
