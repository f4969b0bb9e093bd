# docker build --tag falseflag .
# docker run --rm falseflag                      answers the default case exactly
# docker run --rm --volume "$PWD:/cases" --user "$(id -u):$(id -g)" falseflag sample mycase.yaml --out mine

FROM python:3.13-slim

WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY model model
COPY priors priors
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore .

# Nobody has no home; compiled code is kept here for as long as the container is.
ENV XDG_CACHE_HOME=/tmp/cache
WORKDIR /cases
USER nobody
ENTRYPOINT ["falseflag"]
CMD ["sample", "kremlin", "--engine", "exact"]
