# The runtime stub that `deno compile` embeds is fetched from Deno's own download site while building.
FROM denoland/deno:2.9.6 AS build
WORKDIR /build
COPY deno.json deno.lock main.ts ./
COPY scripts/ scripts/
COPY src/ src/
RUN deno task build --output-dir /out && mkdir /data

# glibc and certificates, and nothing else; the tag's user is 65532.
FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="bluesky_firehose" \
      org.opencontainers.image.description="The AT Protocol firehose as CloudEvents in Kafka" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /out/bluesky_firehose /bluesky_firehose
COPY --from=build --chown=65532:65532 /data /data
ENV BLUESKY_CURSOR_FILE=/data/cursor.json
VOLUME /data
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/bluesky_firehose"]
CMD ["stream"]
