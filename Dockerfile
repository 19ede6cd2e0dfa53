# Settings come from the environment alone (docs/configuration.md). No package of production has native code, so the image is
# built once for all architectures: `docker buildx build --platform linux/amd64,linux/arm64 .`
FROM --platform=$BUILDPLATFORM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY sdk/package.json sdk/
COPY examples/race-view/package.json examples/race-view/
RUN npm ci
COPY . .
RUN npm run build

# The packages of production, and a list of them (SBOM).
FROM --platform=$BUILDPLATFORM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --workspaces=false
RUN npm pkg delete devDependencies optionalDependencies workspaces scripts allowScripts && npm sbom --sbom-format=cyclonedx > sbom.json

FROM node:24-slim
ENV NODE_ENV=production PORT=3000
WORKDIR /app
COPY --from=packages /app/package.json /app/sbom.json ./
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/openapi.yaml ./
COPY --from=build /app/dist ./dist
COPY --from=build /app/database ./database
# It writes no file: run it with `--read-only`.
USER node
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# What `npm run start:prod` starts, without npm between the container and its signals.
CMD ["node", "--enable-source-maps", "--max-semi-space-size=8", "dist/src/main.js"]
