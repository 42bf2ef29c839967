# The porter, with the pages that it serves and the commands that look after an installation.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /portineria
COPY . .
RUN npm ci --no-audit --no-fund \
    && export NODE_ENV=production \
    && npm run build --workspace widget \
    && npm run build --workspace client \
    && npm run build --workspace bot

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /portineria
COPY package.json package-lock.json ./
COPY config/package.json config/package.json
COPY synapse/package.json synapse/package.json
# Of all packages, what those commands need: the porter and the pages carry theirs within.
RUN npm ci --omit=dev --workspace config --workspace synapse --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
WORKDIR /portineria
# The memory that the porter is content with, as npm start gives it.
ENV NODE_ENV=production MALLOC_MMAP_THRESHOLD_=32768
COPY --from=packages /portineria/node_modules node_modules
COPY --from=build /portineria/package.json package.json
COPY --from=build /portineria/config config
COPY --from=build /portineria/synapse synapse
COPY --from=build /portineria/bot/texts bot/texts
COPY --from=build /portineria/bot/dist bot/dist
COPY --from=build /portineria/widget/dist widget/dist
COPY --from=build /portineria/client/dist client/dist
USER 991:991
ENTRYPOINT ["node", "--optimize-for-size", "--expose-gc", "--disable-warning=DEP0060", "bot/dist/bot/main.js", "--settings"]
