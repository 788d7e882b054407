# Count's image: the commands serve, migrate, rollup, totals, import and agent, and the synthesis of manifests.
# For the classic builder and BuildKit alike. `docker build -t count-server:dev .`
ARG BASE_IMAGE=node:24-bookworm-slim
# Where npm and tsc run. Another one for those whose registry is signed by an authority of their own: see README.md.
ARG BUILD_IMAGE=${BASE_IMAGE}

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
# The lock and the packages' own lists first: as long as they stay, so does the layer of what is installed.
COPY package.json package-lock.json .npmrc ./
COPY proto/package.json proto/
COPY client/package.json client/
COPY page/package.json page/
COPY server/package.json server/
COPY infra/package.json infra/
COPY bench/package.json bench/
COPY e2e/package.json e2e/
COPY examples/package.json examples/
COPY frameworks frameworks
# Without scripts: `prepare` would build before there is a source. Optional are the binaries of the embedded PostgreSQL.
RUN npm ci --ignore-scripts --omit=optional
COPY tsconfig.base.json ./
COPY proto proto
COPY client client
COPY page page
COPY server server
COPY infra infra
RUN npx tsc -b proto client server infra && node page/build.js

# What a program needs at run time, and nothing else: no types, no source maps, no tests, no tools.
WORKDIR /count
RUN cp /src/package.json /src/package-lock.json /src/.npmrc . \
 && mkdir -p proto client server infra page/dist \
 && for name in proto client server infra; do cp -R /src/$name/package.json /src/$name/dist $name/; done \
 && cp /src/page/package.json page/ && cp -R /src/page/dist/site page/dist/ \
 && cp -R /src/proto/count /src/proto/google proto/ \
 && cp -R /src/server/bin server/ \
 && cp -R /src/infra/bin infra/ \
 && npm ci --ignore-scripts --omit=dev --omit=optional \
      --workspace proto --workspace client --workspace page --workspace server --workspace infra \
 && rm .npmrc \
 && find proto client server infra -name '*.d.ts' -delete -o -name '*.map' -delete -o -name '.tsbuildinfo*' -delete \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -name '*.md' \
      -o -name '.jsii' \) ! -iname 'license*' ! -iname 'notice*' -delete
COPY migrations migrations
COPY LICENSE ./
RUN mkdir bin && ln -s ../server/bin/count.js bin/count && ln -s ../infra/bin/synth.js bin/count-synth \
 && chmod 755 server/bin/count.js infra/bin/synth.js
# The same sources give the same layer: every time is this one, in seconds since 1970.
ARG SOURCE_DATE_EPOCH=0
RUN find . -exec touch --no-dereference --date=@${SOURCE_DATE_EPOCH} {} +

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="count" \
      org.opencontainers.image.description="Counts how often every API method and path was called, per service and day, exactly." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production PATH=/opt/count/bin:$PATH
COPY --from=build /count /opt/count
# Numeric, so that Kubernetes can tell that it is not root. It owns no file: the image runs with a read-only root file system.
USER 65532:65532
WORKDIR /tmp
EXPOSE 7777 7779 7780
STOPSIGNAL SIGTERM
ENTRYPOINT ["count"]
CMD ["serve"]
