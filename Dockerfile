# An image with arfix and the linkers that `arfix verify` and `fix` run:
#
#     docker build -t arfix .
#     docker run --rm -v "$PWD:/work" arfix check lib/libcrypto.a --sysroot .
#
# Built from the sources in this folder. PYTHON chooses the base image.
ARG PYTHON=3.13-slim

FROM python:${PYTHON} AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/arfix \
    && /opt/arfix/bin/python -m pip install --no-cache-dir --no-compile .

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="arfix" \
      org.opencontainers.image.description="Inspects, audits and repairs static archives (.a), so that libraries can be linked whole." \
      org.opencontainers.image.source="https://github.com/OWNER/arfix" \
      org.opencontainers.image.licenses="MIT"
# Any release of the linkers will do.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends binutils gcc libc6-dev lld mold \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/arfix /opt/arfix
ENV PATH="/opt/arfix/bin:$PATH"
# Files that arfix writes belong to the user given with --user; the default is root, who owns what is mounted by default.
WORKDIR /work
ENTRYPOINT ["arfix"]
CMD ["--help"]
