#!/usr/bin/env python3
"""compare.py FILE: each line {"rule", "asked", "first", "until", "most", "days"} is held against python3-dateutil: the first day on or after
the one that was asked for ("" when there is none), and those that follow from it."""
import datetime
import itertools
import json
import sys

from dateutil import rrule

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST_YEAR = 2200


class OfFewYears:
    """datetime for dateutil, which looks for rules that never come true until the last year of all."""

    MAXYEAR = LAST_YEAR

    def __getattr__(self, name):
        return getattr(datetime, name)


rrule.datetime = OfFewYears()


def spelt_out(rule):
    """The rule with BYDAY in other words; None when no month reaches its numbers, on which dateutil fails. It takes plain weekdays beside
    numbered ones for a further condition (1MO,TU: the first Monday that is a Tuesday), where RFC 5545 adds their days."""
    parts = dict(part.split("=") for part in rule.split(";"))
    days = parts["BYDAY"].split(",") if "BYDAY" in parts else []
    if all(day in WEEKDAYS for day in days):
        return rule
    most = 53 if parts["FREQ"] == "YEARLY" and "BYMONTH" not in parts else 5
    numbered = [day for day in days if day not in WEEKDAYS and abs(int(day[:-2])) <= most]
    numbered += [f"{number}{day}" for day in days if day in WEEKDAYS for number in range(1, most + 1)]
    parts["BYDAY"] = ",".join(numbered)
    return ";".join(f"{name}={value}" for name, value in parts.items()) if numbered else None


def day_of(text):
    return datetime.datetime.strptime(text, "%Y-%m-%d")


def text_of(day):
    return day.strftime("%Y-%m-%d")


def fault_of(one):
    rule = spelt_out(one["rule"])
    first = next(iter(rrule.rrulestr(rule, dtstart=day_of(one["asked"]))), None) if rule else None
    told = text_of(first) if first and first.year <= LAST_YEAR else ""
    if told != one["first"]:
        return f"first {told}, here {one['first']}"
    if not told:
        return None
    until = day_of(one["until"])
    days = itertools.islice(rrule.rrulestr(rule, dtstart=first), one["most"])
    told = [text_of(day) for day in itertools.takewhile(lambda day: day <= until, days)]
    return None if told == one["days"] else f"{' '.join(told)}\n  here {' '.join(one['days'])}"


def main():
    compared = wrong = 0
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            one = json.loads(line)
            fault = fault_of(one)
            compared += 1
            wrong += fault is not None
            if fault is not None and wrong <= 10:
                print(f"{one['rule']} from {one['asked']}: {fault}")
    print(f"dateutil: {compared} rules, {wrong} differ")
    return wrong > 0 or compared == 0


sys.exit(main())
