"""The page and its server.

static/    the page: ES modules, CSS, KaTeX, fonts; no build step
gallery    the examples, one table
worker     a process that answers requests within a budget
pool       workers that are killed and replaced, a queue with a limit, a cache
app        addresses, limits of requests, headers
serve      the program: uvicorn, logs, a graceful stop
linked     the page's modules in one file
site       the same page as files, with the engine in the browser
"""
