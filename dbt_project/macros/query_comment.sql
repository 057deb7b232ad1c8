{% macro query_comment(node) -%}
    {%- set who = {
        'app': 'dbt',
        'run': invocation_id,
        'node': node.unique_id if node else none,
        'dag': env_var('AIRFLOW_CTX_DAG_ID', ''),
        'task': env_var('AIRFLOW_CTX_TASK_ID', ''),
        'dag_run': env_var('AIRFLOW_CTX_DAG_RUN_ID', ''),
    } -%}
    {{ tojson(who) }}
{%- endmacro %}
