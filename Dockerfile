# The images of Ivy Worker, one target each:
#
#   gpu   vLLM on a GPU, on vLLM's own image          docker build --target gpu -t ivy-worker:gpu .
#   slim  no engine: a feeder of a model served elsewhere           --target slim
#   cpu   vLLM's CPU build and the tiny checkpoint, for the demo    --target cpu
#   bench gpu with what `ivy-worker bench` needs: to measure, not to run            --target bench
#
# Bases are pinned by digest; give another with --build-arg. requirements/image-*.txt (`make lock`)
# pin the rest by hash. docs/deploying.md says what of this was tried and how.
ARG VLLM_VERSION=0.31.0
ARG VLLM_IMAGE=docker.io/vllm/vllm-openai:v${VLLM_VERSION}@sha256:c1c9f6fd5c109ba7f0546a59f5b2f15fb87f64c77782e90a27b648b42a8e67c3
ARG PYTHON_IMAGE=docker.io/library/python:3.12-slim-trixie@sha256:2f17fc044b579bab302c2e8054d3a686e2cb9a83de48e70534b94cd8ebbe06a9
ARG UV_IMAGE=ghcr.io/astral-sh/uv:0.11.30@sha256:93b61e21202b1dab861092748e46bbd6e0e41dd84f59b9174efd2353186e1b47
# Who runs it, the same as in the chart.
ARG USER_ID=10001

FROM ${UV_IMAGE} AS uv

# ------------------------------------------------------------ the wheel, and what the images hold
FROM ${PYTHON_IMAGE} AS wheel
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_PYTHON_DOWNLOADS=never
WORKDIR /source
COPY requirements/ requirements/
RUN --mount=type=cache,target=/root/.cache/uv uv venv /tools \
    && uv pip install --python /tools --require-hashes -r requirements/image-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY worker/ worker/
RUN ["uv", "build", "--wheel", "--no-build-isolation", "--python", "/tools", "--out-dir", "/wheel", "."]
WORKDIR /sbom
RUN cat /source/requirements/image-worker.txt /source/requirements/image-torch.txt > slim.txt \
    && cp /source/requirements/image-cpu.txt cpu.txt \
    && cp /source/requirements/image-worker.txt gpu.txt \
    && cat gpu.txt /source/requirements/image-bench.txt > bench.txt \
    && for role in slim cpu gpu bench; do \
         /tools/bin/cyclonedx-py requirements "$role.txt" --pyproject /source/pyproject.toml \
           --output-reproducible --of JSON -o "$role.cdx.json" || exit 1; \
       done

# ------------------------------------------------------------ what the two small images share
FROM ${PYTHON_IMAGE} AS python-build
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
RUN ["uv", "venv", "/opt/ivy"]
WORKDIR /source
COPY requirements/ requirements/
COPY scripts/image/complete.py ./

FROM ${PYTHON_IMAGE} AS python-run
ARG USER_ID
# tini is PID 1: it ends the zombies that a killed engine leaves, and passes signals on. libseccomp2
# is for the decode processes, libnuma1 for vLLM's CPU build. Debian keeps no old versions to pin.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini libseccomp2 libnuma1 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid "$USER_ID" ivy \
    && useradd --uid "$USER_ID" --gid "$USER_ID" --no-create-home --home-dir /var/cache/ivy-worker \
         --shell /usr/sbin/nologin ivy \
    && install -d -o "$USER_ID" -g "$USER_ID" -m 750 /var/cache/ivy-worker /var/spool/ivy-worker
COPY LICENSE /usr/share/ivy-worker/LICENSE
ENV PATH=/opt/ivy/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/var/cache/ivy-worker \
    HF_HOME=/var/cache/ivy-worker/huggingface \
    XDG_CACHE_HOME=/var/cache/ivy-worker/xdg \
    XDG_CONFIG_HOME=/var/cache/ivy-worker/config \
    VLLM_CACHE_ROOT=/var/cache/ivy-worker/vllm \
    TORCHINDUCTOR_CACHE_DIR=/var/cache/ivy-worker/inductor \
    VLLM_NO_USAGE_STATS=1
USER ${USER_ID}:${USER_ID}
WORKDIR /var/cache/ivy-worker
VOLUME ["/var/cache/ivy-worker", "/var/spool/ivy-worker"]
EXPOSE 8080
STOPSIGNAL SIGTERM
# Alive as `/livez` has it: the consumer's thread makes its steps. Loading a model counts as alive.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/livez', timeout=4)"]
ENTRYPOINT ["/usr/bin/tini", "--", "ivy-worker"]
CMD ["run"]

# ------------------------------------------------------------ slim: no engine
FROM python-build AS slim-build
# Empty: torch as locked, with what it has for GPUs. `cpu`: the CPU builds of the same versions, from
# torch's own index and so without our hashes; some gigabytes less.
ARG TORCH_BACKEND=
RUN --mount=type=cache,target=/root/.cache/uv \
    ["uv", "pip", "install", "--python", "/opt/ivy", "--no-deps", "--require-hashes", "-r", "requirements/image-worker.txt"]
RUN --mount=type=cache,target=/root/.cache/uv \
    if [ -z "$TORCH_BACKEND" ]; then \
      uv pip install --python /opt/ivy --no-deps --require-hashes -r requirements/image-torch.txt; \
    else \
      sed -nE 's/^(torch|torchvision)==([^ ]+).*/\1==\2/p' requirements/image-torch.txt > torch.in \
      && uv pip install --python /opt/ivy --torch-backend "$TORCH_BACKEND" -r torch.in; \
    fi
COPY --from=wheel /wheel/ /wheel/
RUN uv pip install --python /opt/ivy --no-deps /wheel/*.whl \
    && /opt/ivy/bin/python complete.py --extra grpc,confluent

FROM python-run AS slim
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="Ivy Worker (slim)" \
      org.opencontainers.image.description="Tells AI-generated media from real ones on a Kafka stream; asks a model that is served elsewhere" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      ivy-worker.sbom="/usr/share/ivy-worker/sbom.cdx.json"
COPY --from=slim-build /opt/ivy /opt/ivy
COPY --from=wheel /sbom/slim.cdx.json /usr/share/ivy-worker/sbom.cdx.json

# ------------------------------------------------------------ cpu: vLLM's CPU build, for the demo
FROM python-build AS cpu-build
RUN --mount=type=cache,target=/root/.cache/uv \
    ["uv", "pip", "install", "--python", "/opt/ivy", "--no-deps", "--require-hashes", "-r", "requirements/image-cpu.txt"]
COPY --from=wheel /wheel/ /wheel/
RUN uv pip install --python /opt/ivy --no-deps /wheel/*.whl \
    && /opt/ivy/bin/python complete.py --extra cpu,grpc,confluent --overrides requirements/cpu-overrides.txt

FROM python-run AS cpu
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="Ivy Worker (cpu)" \
      org.opencontainers.image.description="Tells AI-generated media from real ones on a Kafka stream; with vLLM's CPU build, for trials" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      ivy-worker.sbom="/usr/share/ivy-worker/sbom.cdx.json"
COPY --from=cpu-build /opt/ivy /opt/ivy
COPY --from=wheel /sbom/cpu.cdx.json /usr/share/ivy-worker/sbom.cdx.json

# ------------------------------------------------------------ gpu: on vLLM's own image
FROM ${VLLM_IMAGE} AS gpu-build
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /source
COPY requirements/ requirements/
COPY scripts/image/complete.py scripts/image/underlay.py ./
# Our packages go into an environment of their own, in front of the base's: vLLM, torch and CUDA stay
# where they are, untouched. The last command says what does not fit together, if anything.
RUN uv venv --python "$(command -v python3)" /opt/ivy \
    && python3 underlay.py vllm /opt/ivy
RUN --mount=type=cache,target=/root/.cache/uv \
    ["uv", "pip", "install", "--python", "/opt/ivy", "--no-deps", "--require-hashes", "-r", "requirements/image-worker.txt"]
COPY --from=wheel /wheel/ /wheel/
RUN uv pip install --python /opt/ivy --no-deps /wheel/*.whl \
    && /opt/ivy/bin/python complete.py --extra gpu,grpc,confluent

FROM ${VLLM_IMAGE} AS gpu
ARG USER_ID
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="Ivy Worker (gpu)" \
      org.opencontainers.image.description="Tells AI-generated media from real ones on a Kafka stream; a vision-language model on vLLM" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      ivy-worker.sbom="/usr/share/ivy-worker/sbom.cdx.json"
USER 0:0
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini libseccomp2 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid "$USER_ID" ivy \
    && useradd --uid "$USER_ID" --gid "$USER_ID" --no-create-home --home-dir /var/cache/ivy-worker \
         --shell /usr/sbin/nologin ivy \
    && install -d -o "$USER_ID" -g "$USER_ID" -m 750 /var/cache/ivy-worker /var/spool/ivy-worker
COPY --from=gpu-build /opt/ivy /opt/ivy
COPY --from=wheel /sbom/gpu.cdx.json /usr/share/ivy-worker/sbom.cdx.json
COPY LICENSE /usr/share/ivy-worker/LICENSE
ENV PATH=/opt/ivy/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/var/cache/ivy-worker \
    HF_HOME=/var/cache/ivy-worker/huggingface \
    XDG_CACHE_HOME=/var/cache/ivy-worker/xdg \
    XDG_CONFIG_HOME=/var/cache/ivy-worker/config \
    VLLM_CACHE_ROOT=/var/cache/ivy-worker/vllm \
    TORCHINDUCTOR_CACHE_DIR=/var/cache/ivy-worker/inductor \
    VLLM_NO_USAGE_STATS=1
USER ${USER_ID}:${USER_ID}
WORKDIR /var/cache/ivy-worker
VOLUME ["/var/cache/ivy-worker", "/var/spool/ivy-worker"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/livez', timeout=4)"]
ENTRYPOINT ["/usr/bin/tini", "--", "ivy-worker"]
CMD ["run"]

# ------------------------------------------------------------ bench: an embedded Kafka and Redis too
FROM gpu-build AS bench-build
RUN --mount=type=cache,target=/root/.cache/uv \
    ["uv", "pip", "install", "--python", "/opt/ivy", "--no-deps", "--require-hashes", "-r", "requirements/image-bench.txt"]
RUN ["/opt/ivy/bin/python", "complete.py", "--extra", "gpu,grpc,confluent,demo"]

FROM gpu AS bench
LABEL org.opencontainers.image.title="Ivy Worker (bench)" \
      org.opencontainers.image.description="Measures what media cost on a GPU, for ivy-worker plan"
COPY --from=bench-build /opt/ivy /opt/ivy
COPY --from=wheel /sbom/bench.cdx.json /usr/share/ivy-worker/sbom.cdx.json
