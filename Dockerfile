# The page and its JSON interface. docker build -t gradproof . && docker run --read-only --tmpfs /tmp -p 127.0.0.1:8000:8000 gradproof
FROM python:3.12-slim
WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN pip install --no-cache-dir ".[web,fast]" && useradd --system --no-create-home gradproof && rm -rf /app/src
USER gradproof
ENV OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=3)"]
STOPSIGNAL SIGTERM
CMD ["gradproof", "serve", "--host", "0.0.0.0", "--port", "8000"]
