DROP TABLE quarantined_launches;
