# The grading command with its sandbox, for macOS, Windows, or any machine with Docker. docs/grading.md, "macOS and
# Windows", says how it is built and run, and what the container must be allowed, with the reasons.
FROM python:3.12-slim-bookworm

RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /course
COPY pyproject.toml README.md LICENSE LICENSE-texts ./
COPY dcgan_lib dcgan_lib
COPY dcgan_course dcgan_course
COPY notebooks notebooks
RUN python -m pip install --disable-pip-version-check --no-cache-dir -e ".[instructor]"

# To grade as root would weaken the sandbox. `docker run --user` may name another user, who has no home.
RUN useradd --uid 1000 --create-home grader
USER grader
ENV HOME=/tmp

ENTRYPOINT ["python", "-m", "dcgan_course", "grade"]
