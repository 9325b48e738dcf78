-- Every row says what is not quiet.
select to_regclass('public.workflow_published_version') is not null as found \gset
\if :found
select format('the workflow %s is active', name) from workflow_entity
where ("activeVersionId" is not null or active)
	and name <> all (string_to_array(:'keep', E'\n')) and id <> all (string_to_array(:'keep', E'\n'));
select format('a schedule, poll or other trigger of the kept workflow %s is active', name) from workflow_entity
where "activeVersionId" is not null and exists (
	select from json_array_elements(nodes) as node
	where node ->> 'type' ~* 'trigger$' and coalesce(node ->> 'disabled', 'false') <> 'true'
		and node ->> 'type' !~ '\.(manual|error|executeWorkflow)Trigger$'
);
select format('%s executions would be resumed', count(*)) from execution_entity
where status in ('new', 'running', 'waiting') having count(*) > 0;
\endif
