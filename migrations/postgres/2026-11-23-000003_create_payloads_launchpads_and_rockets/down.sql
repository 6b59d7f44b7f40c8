DROP TABLE rockets;
DROP TABLE launchpads;
DROP TABLE payloads;
