#!/usr/bin/env python3
"""The analytic answers, computed apart from the program: reads what the API serves, knows no SQL.

    expected.py FOLDER|ADDRESS    launches.json, payloads.json, launchpads.json and rockets.json in a folder,
                                  or an API at an address that ends in /v4

Prints a JSON object: the name of each query, and its answer as CSV.
"""
import csv
import io
import json
import sys
import urllib.request
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal


def read(source, name):
    if source.startswith("http://"):
        with urllib.request.urlopen(f"{source}/{name}") as answer:
            text = answer.read().decode()
    else:
        with open(f"{source}/{name}.json", encoding="utf-8") as file:
            text = file.read()
    return json.loads(text, parse_float=Decimal)


def instant(text):
    if text is None:
        return None
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


class Launch:
    def __init__(self, document, masses):
        self.id = document["id"]
        self.name = document["name"]
        self.date = instant(document["date_utc"])
        self.fire = instant(document["static_fire_date_utc"])
        self.success = document["success"]
        self.flown = document["upcoming"] is False
        self.upcoming = document["upcoming"] is True
        self.pad = document["launchpad"]
        self.rocket = document["rocket"]
        known = [masses.get(payload) for payload in document["payloads"]]
        self.without_mass = known.count(None)
        known = [mass for mass in known if mass is not None]
        self.mass = sum(known) if known else None


def known_mass(payload):
    """In hundredths of a kilogram."""
    mass = payload["mass_kg"]
    if mass is None:
        return None
    hundredths = int((Decimal(mass) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return hundredths if hundredths > 0 else None


def quotient(number, divisor):
    """To two decimals, half away from zero; nothing over nothing is nothing."""
    if divisor == 0:
        return None
    hundredths = (2 * 100 * number + divisor) // (2 * divisor)
    return decimal(hundredths)


def decimal(hundredths):
    return f"{hundredths // 100}.{hundredths % 100:02}"


def percent(number, divisor):
    return quotient(100 * number, divisor)


def show(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    text = str(value)
    return "'" + text if isinstance(value, Text) and text[:1] in "=+-@\t\r\0" and text else text


class Text(str):
    """What a stranger wrote."""


def table(columns, rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns.split())
    writer.writerows([show(value) for value in row] for row in rows)
    return out.getvalue()


def outcomes(launches):
    flown = [launch for launch in launches if launch.flown]
    return (
        sum(1 for launch in flown if launch.success is True),
        sum(1 for launch in flown if launch.success is False),
        sum(1 for launch in flown if launch.success is None),
    )


def count(launches):
    return sum(1 for launch in launches if launch.flown), sum(1 for launch in launches if launch.upcoming)


COUNTED = "launches flown upcoming successes failures unknown success_rate completed_success_rate known_mass_kg cumulative_launches period_start"


def by_period(launches, period_of, start_of):
    periods = defaultdict(list)
    for launch in launches:
        periods[period_of(launch)].append(launch)
    total = 0
    for period in range(min(periods), max(periods) + 1) if periods else []:
        there = periods.get(period, [])
        good, bad, unknown = outcomes(there)
        total += len(there)
        mass = sum(launch.mass or 0 for launch in there)
        yield period, (
            len(there), *count(there), good, bad, unknown, percent(good, len(there)), percent(good, good + bad),
            decimal(mass), total, start_of(period),
        )


def launches_by_year(launches):
    rows = by_period(launches, lambda launch: launch.date.year, lambda year: datetime(year, 1, 1, tzinfo=timezone.utc))
    return table(f"year {COUNTED}", [(year, *rest) for year, rest in rows])


def launches_by_month(launches):
    rows = by_period(
        launches,
        lambda launch: launch.date.year * 12 + launch.date.month - 1,
        lambda month: datetime(month // 12, month % 12 + 1, 1, tzinfo=timezone.utc),
    )
    return table(f"year month {COUNTED}", [(month // 12, month % 12 + 1, *rest) for month, rest in rows])


def launches_per_month(flown):
    months = [launch.date.year * 12 + launch.date.month - 1 for launch in flown]
    rows = []
    if flown:
        for year in range(min(months) // 12, max(months) // 12 + 1):
            counted = [month for month in range(year * 12, year * 12 + 12) if min(months) <= month <= max(months)]
            launches = sum(1 for month in months if month in counted)
            rows.append(("year", year, launches, len(counted), quotient(launches, len(counted))))
        span = max(months) - min(months) + 1
        rows.append(("overall", None, len(flown), span, quotient(len(flown), span)))
    return table("scope year flown months average_per_month", rows)


def launch_sites(launches, pads):
    sites = defaultdict(list)
    for launch in launches:
        if launch.pad is not None:
            sites[launch.pad].append(launch)
    rows = []
    for pad, there in sorted(sites.items(), key=lambda site: (-len(site[1]), site[0].encode())):
        good, bad, _ = outcomes(there)
        masses = [launch.mass for launch in there if launch.mass is not None]
        dates = [launch.date for launch in there]
        rows.append((
            pad, pads.get(pad), len(there), *count(there), good, bad, percent(good, len(there)), percent(good, good + bad),
            quotient(sum(masses), 100 * len(masses)), min(dates), max(dates),
        ))
    return table(
        "launchpad_id name launches flown upcoming successes failures success_rate completed_success_rate "
        "mean_known_mass_kg first_launch last_launch", rows)


def static_fire_delays(flown):
    years = defaultdict(list)
    for launch in flown:
        if launch.fire is not None and launch.fire <= launch.date:
            years[launch.date.year].append((launch.date - launch.fire) // timedelta(microseconds=1))
    hour = 3_600_000_000
    rows = [
        (
            year, len(delays), quotient(sum(delay // hour for delay in delays), len(delays)), max(delays) // hour,
            quotient(sum(delays), hour * len(delays)), quotient(max(delays), hour), datetime(year, 1, 1, tzinfo=timezone.utc),
        )
        for year, delays in sorted(years.items())
    ]
    return table(
        "year launches mean_delay_whole_hours max_delay_whole_hours mean_delay_hours max_delay_hours period_start", rows)


def heaviest_launches(launches, rockets, pads):
    ordered = sorted(launches, key=lambda launch: (launch.mass is None, -(launch.mass or 0), launch.date, launch.id.encode()))
    rows = [
        (
            position, launch.id, Text(launch.name), launch.date, rockets.get(launch.rocket), pads.get(launch.pad),
            None if launch.mass is None else decimal(launch.mass), launch.without_mass, launch.upcoming,
        )
        for position, launch in enumerate(ordered, 1)
    ]
    return table(
        "position launch_id mission_name date_utc rocket_name launchpad_name total_payload_mass_kg payloads_without_mass "
        "upcoming", rows)


def launch_milestones(flown):
    rows = []
    for counted, launches in ("launches", flown), ("successes", [launch for launch in flown if launch.success]):
        for number, launch in enumerate(launches, 1):
            if number in (1, 10, 25, 50) or number % 100 == 0:
                rows.append((counted, number, launch.date, launch.id, Text(launch.name)))
    return table("counted milestone date_utc launch_id mission_name", rows)


def success_rate_over_time(flown):
    rows = []
    for number, launch in enumerate(flown, 1):
        good, bad, _ = outcomes(flown[:number])
        rows.append((
            launch.date, launch.id, Text(launch.name), launch.success, number, good, bad,
            percent(good, number), percent(good, good + bad),
        ))
    return table(
        "date_utc launch_id mission_name success flown successes failures success_rate completed_success_rate", rows)


def success_rate_by_year(flown):
    rows = []
    for year in sorted({launch.date.year for launch in flown}):
        there = [launch for launch in flown if launch.date.year == year]
        so_far = [launch for launch in flown if launch.date.year <= year]
        good, bad, unknown = outcomes(there)
        all_good, all_bad, _ = outcomes(so_far)
        rows.append((
            year, len(there), good, bad, unknown, percent(good, len(there)), percent(good, good + bad),
            percent(all_good, len(so_far)), percent(all_good, all_good + all_bad), datetime(year, 1, 1, tzinfo=timezone.utc),
        ))
    return table(
        "year flown successes failures unknown success_rate completed_success_rate running_success_rate "
        "running_completed_success_rate period_start", rows)


def main(source):
    masses = {payload["id"]: known_mass(payload) for payload in read(source, "payloads")}
    pads = {pad["id"]: Text(pad["name"]) for pad in read(source, "launchpads")}
    rockets = {rocket["id"]: Text(rocket["name"]) for rocket in read(source, "rockets")}
    launches = [Launch(document, masses) for document in read(source, "launches")]
    flown = sorted((launch for launch in launches if launch.flown), key=lambda launch: (launch.date, launch.id.encode()))
    json.dump({
        "launches_by_year": launches_by_year(launches),
        "launches_by_month": launches_by_month(launches),
        "launches_per_month": launches_per_month(flown),
        "launch_sites": launch_sites(launches, pads),
        "static_fire_delays": static_fire_delays(flown),
        "heaviest_launches": heaviest_launches(launches, rockets, pads),
        "launch_milestones": launch_milestones(flown),
        "success_rate_over_time": success_rate_over_time(flown),
        "success_rate_by_year": success_rate_by_year(flown),
    }, sys.stdout)


main(*sys.argv[1:])
