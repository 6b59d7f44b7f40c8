DROP VIEW heaviest_launches;
DROP VIEW static_fire_delays;
DROP VIEW launch_sites;
