"""Scrape requests: tasks of the queue, followed and cancelled."""
