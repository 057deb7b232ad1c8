-- Workers ask for the waiting tasks of their own flows: another flow's, waiting for hours by the hundred thousand, cost nothing.

DROP INDEX beat.scrape_request_log_promote;
CREATE INDEX scrape_request_log_waiting ON beat.scrape_request_log (platform, flow, run_after) WHERE status = 'WAITING';
