# The one image of Upbeat: API, workers, events, Airflow and dbt differ in their commands only.
#   docker build --tag upbeat:1.2.3 .
# Everything in it is pinned with hashes by include/deploy/requirements.txt. docs/how-to/deploy.md says how it is run.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY include/deploy/requirements.txt /tmp/requirements.txt
# Wheels only: nothing that is built from source runs code of its own here, and no compiler is needed. The lock names everything:
# without --no-deps pip looks for what `celery[redis]` asks beside the pinned `celery` and ends, since that has no hash.
RUN /opt/venv/bin/pip install --no-deps --only-binary :all: --require-hashes --requirement /tmp/requirements.txt \
    && /opt/venv/bin/pip check

WORKDIR /opt/upbeat
COPY pyproject.toml README.md NOTICE ./
COPY dags ./dags
COPY dbt_project ./dbt_project
COPY include ./include
COPY plugins ./plugins
# Editable, so that the package finds `include/` and `dbt_project/` beside it, as in a checkout.
# The folders cannot be written when the image runs: compiled now, a start does not compile.
RUN /opt/venv/bin/pip install --no-build-isolation --no-deps --no-index --editable . --editable include/dbt_lock \
    && /opt/venv/bin/python -m compileall -q -j 0 /opt/venv/lib/python3.11/site-packages/airflow plugins dags

FROM python:${PYTHON} AS run
# The number, not the name, so that Kubernetes can tell that it is not root.
RUN groupadd --gid 10001 upbeat \
    && useradd --uid 10001 --gid upbeat --no-create-home --home-dir /var/lib/upbeat --shell /usr/sbin/nologin upbeat \
    && install -d -o upbeat -g upbeat -m 0700 /var/lib/upbeat /var/log/upbeat-airflow
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/upbeat /opt/upbeat
# What dbt writes below its project: something that can be written lies over it, and a volume takes over whose it is.
RUN install -d -o upbeat -g upbeat -m 0700 /opt/upbeat/dbt_project/target /opt/upbeat/dbt_project/logs

# UPBEAT_SECRETS_DIR is where secrets are mounted, and none of them.
# hadolint ignore=DL3064
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    UPBEAT_DOTENV="" \
    UPBEAT_STATE_DIR=/var/lib/upbeat \
    UPBEAT_SECRETS_DIR=/run/secrets \
    AIRFLOW__LOGGING__BASE_LOG_FOLDER=/var/log/upbeat-airflow
WORKDIR /opt/upbeat
USER 10001:10001
# SIGTERM drains whatever runs.
STOPSIGNAL SIGTERM
ENTRYPOINT ["upbeat"]
CMD ["--help"]
