# Built on the builder's own platform for any other: `deno compile` needs no emulation. The runtime stub of the target
# is fetched from Deno's own download site while building.
FROM --platform=$BUILDPLATFORM denoland/deno:2.9.6 AS build
ARG TARGETARCH=amd64
WORKDIR /build
COPY deno.json deno.lock main.ts LICENSE ./
COPY scripts/ scripts/
COPY core/layout.ts core/deno.lock core/NOTICE core/
COPY src/ src/
RUN case "$TARGETARCH" in \
      amd64) target=x86_64-unknown-linux-gnu ;; \
      arm64) target=aarch64-unknown-linux-gnu ;; \
      *) echo "Cannot build for $TARGETARCH: expected amd64 or arm64" >&2; exit 1 ;; \
    esac \
    && deno task build --target "$target" --output-dir /out \
    && mv "/out/bluesky_firehose-$target" /out/bluesky_firehose \
    && mkdir /data

# glibc, libgcc and certificates, and nothing else; the tag's user is 65532.
FROM gcr.io/distroless/cc-debian12:nonroot
ARG VERSION=unknown
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="bluesky_firehose" \
      org.opencontainers.image.description="The AT Protocol firehose as CloudEvents in Kafka" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE"
COPY --from=build /out/bluesky_firehose /bluesky_firehose
COPY --from=build /build/LICENSE /licenses/LICENSE
COPY --from=build /out/NOTICES /licenses/NOTICES
COPY --from=build --chown=65532:65532 /data /data
ENV BLUESKY_CURSOR_FILE=/data/cursor.json \
    METRICS_PORT=9464
VOLUME /data
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["/bluesky_firehose", "health"]
ENTRYPOINT ["/bluesky_firehose"]
CMD ["stream"]
