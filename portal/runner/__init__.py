"""The whole portal as one process tree: broker, web, worker, beat and the watch.

`manage.py run` is the way in. Nothing here decides what the portal does; it starts,
watches and stops the processes that production starts by its own supervisor.
"""
