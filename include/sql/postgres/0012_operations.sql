-- What the operational DAGs keep: reports, retention, backups.
SELECT 1;
