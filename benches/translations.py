"""What the check makes of translations, and of the same with one thing changed.

    python3 benches/translations.py PROGRAM PAIRS.tsv… [--around N] [--miss KIND]

Each line of a file is a Chinese text, a tab, and its English. Each English text is a
claim, the Chinese its source: as they stand all should be `supported`, and those that
are not are written to PAIRS.alarms.ndjson. Then one thing of each claim is changed, drawn
with a fixed seed, and none should be. With `--around N` the source is the Chinese of N
lines before and N after as well, and a number is also put in its place from one of those.
`--miss KIND` lists changes that went unnoticed.
Needs nothing but Python; the embedder is off unless DRAGOMAN_EMBED_MODEL is set.
"""

import argparse
import json
import os
import random
import re
import subprocess
from pathlib import Path

MONTHS = "January February March April May June July August September October November December".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
WORDS = "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty".split()
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
UNITS = [
    ("dollars", "euros"), ("pounds", "dollars"), ("yuan", "dollars"), ("euros", "yen"),
    ("hours", "minutes"), ("minutes", "hours"), ("days", "weeks"), ("weeks", "months"),
    ("months", "years"), ("years", "months"), ("miles", "meters"), ("kilometers", "miles"),
    ("kilometres", "miles"), ("km", "miles"), ("meters", "kilometers"), ("metres", "kilometres"),
    ("feet", "miles"), ("kg", "tonnes"), ("tons", "kilograms"), ("tonnes", "kilograms"),
    ("kilograms", "tonnes"), ("acres", "hectares"),
    ("hectares", "acres"), ("seconds", "hours"),
]
PLACES = (
    "China Japan Russia France Germany Britain India Italy Spain Canada Australia Brazil Mexico Iran Iraq Israel "
    "Turkey Egypt Syria Ukraine Poland Greece Sweden Norway Finland Denmark Netherlands Belgium Austria Switzerland "
    "Portugal Ireland Scotland England Pakistan Afghanistan Thailand Vietnam Indonesia Malaysia Singapore Philippines "
    "Argentina Chile Cuba Kenya Nigeria Ethiopia Beijing Shanghai Guangzhou Shenzhen Wuhan Chengdu Tianjin Nanjing "
    "Hangzhou Xi'an Tibet Xinjiang Sichuan Hubei Hunan Guangdong Shandong Henan Yunnan London Paris Berlin Moscow "
    "Tokyo Washington Rome Madrid Vienna Brussels Seoul Sydney Chicago Boston California Texas Florida Taiwan"
).split()
AUXILIARIES = "is are was were will would can could has have had should may might must do does did".split()
MISSED = 60
NUMBER = r"(?<![\w.,:-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w:-]|[.,]\d)"


def one_of(words):
    return r"\b(" + "|".join(words) + r")\b"


def put(claim, match, text):
    return claim[: match.start()] + text + claim[match.end() :]


def other(chance, words, word):
    return chance.choice([each for each in words if each != word])


def digits(claim, chance, kept):
    """Another first digit or last digit in one of the numbers that `kept` lets through."""
    numbers = [match for match in re.finditer(NUMBER, claim) if kept(match)]
    if not numbers:
        return None
    match = chance.choice(numbers)
    places = [at for at, char in enumerate(match[0]) if char.isdigit()]
    at = chance.choice([places[0], places[-1]]) if len(places) > 1 else places[0]
    new = chance.choice([digit for digit in "123456789" if digit != match[0][at]])
    return put(claim, match, match[0][:at] + new + match[0][at + 1 :])


def is_year(match):
    return re.fullmatch(r"(1[5-9]|20)\d\d", match[0]) is not None


def is_day(claim, match):
    before, after = claim[: match.start()], claim[match.end() :]
    month = "(" + "|".join(MONTHS) + ")"
    return len(match[0]) < 3 and bool(re.search(month + " $", before) or re.match(r"(st|nd|rd|th)? " + month, after))


def is_percent(claim, match):
    return re.match(r"( ?%| per ?cent)", claim[match.end() :]) is not None


def is_hour(claim, match):
    return re.match(r" ?[ap]\.?m\b", claim[match.end() :]) is not None


def number(claim, chance):
    dated = lambda match: is_year(match) or is_day(claim, match) or is_hour(claim, match)
    return digits(claim, chance, lambda match: not dated(match) and not is_percent(claim, match))


def percent(claim, chance):
    return digits(claim, chance, lambda match: is_percent(claim, match))


def year(claim, chance):
    match = re.search(r"(?<![\w.,-])(1[5-9]|20)\d\d(?![\w-]|[.,]\d)", claim)
    return match and put(claim, match, str(int(match[0]) + chance.choice([-10, -3, -1, 1, 2, 5])))


def day(claim, chance):
    days = [match for match in re.finditer(NUMBER, claim) if is_day(claim, match)]
    if not days:
        return None
    match = chance.choice(days)
    return put(claim, match, str(other(chance, range(1, 29), int(match[0]))))


def swapped(words, ambiguous=()):
    """Another of the words in the place of one, but not of those that are names or verbs besides."""

    def change(claim, chance):
        matches = [match for match in re.finditer(one_of(words), claim) if match[0] not in ambiguous]
        match = chance.choice(matches) if matches else None
        return match and put(claim, match, other(chance, words, match[0]))

    return change


def word(claim, chance):
    matches = [
        match
        for match in re.finditer(one_of(WORDS), claim)
        if not re.match(r"-|\s+of\b", claim[match.end() :]) and not claim[: match.start()].endswith("-")
    ]
    match = chance.choice(matches) if matches else None
    return match and put(claim, match, other(chance, WORDS, match[0]))


def ordinal(claim, chance):
    matches = list(re.finditer(r"\b(" + "|".join(ORDINALS[2:]) + r"|\d+(?:st|nd|rd|th))\b", claim))
    if not matches:
        return None
    match = chance.choice(matches)
    if match[0][0].isdigit():
        value = int(re.match(r"\d+", match[0])[0]) + chance.choice([1, 2, 3])
        ending = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
        return put(claim, match, f"{value}{ending}")
    return put(claim, match, other(chance, ORDINALS[2:], match[0]))


def unit(claim, chance):
    matches = [(m, new) for old, new in UNITS for m in re.finditer(rf"(?<=\d )\b{old}\b", claim)]
    if not matches:
        return None
    match, new = chance.choice(matches)
    return put(claim, match, new)


NO_NAMES = set(PLACES + MONTHS + WEEKDAYS) | set("West East North South New Las San Saint St The Global Hurricane Mr Ms Dr And But As Evil Foreign Health Minister Police School Society Ministry Association President White Red Cross Air Tennessee State".split())
NAME = r"([A-Z][a-z]+ [A-Z][a-z]+)"
TOLD = rf"(?:\b(?:Mr|Ms|Dr|Sen|Rep|President|Minister|Senator|said|says|actor|actress|singer|coach|judge|Judge)\.?) {NAME}\b|{NAME}(?=,? (?:said|says|told|added|was born|wrote)\b|, \d\d,)"


def people(claims):
    """Names of two words that a title, an age or a verb of speaking tells to be people's."""
    found = set()
    for claim in claims:
        for match in re.finditer(TOLD, claim):
            name = match[1] or match[2]
            if not set(name.split()) & NO_NAMES:
                found.add(name)
    return sorted(found)


def person(names):
    def change(claim, chance):
        here = [name for name in names if name in claim]
        if not here or len(names) < 20:
            return None
        name = chance.choice(here)
        apart = [each for each in names if not set(each.split()) & set(name.split())]
        return claim.replace(name, chance.choice(apart))

    return change


def denied(claim, chance):
    matches = list(re.finditer(one_of(AUXILIARIES) + r"(?! not\b|n't)(?= [a-z])", claim))
    match = chance.choice(matches) if matches and not re.search(r"\bnot\b|n't|\bno\b|\bnever\b", claim) else None
    return match and put(claim, match, match[0] + " not")


def undenied(claim, chance):
    match = re.search(r"\b(is|are|was|were|will|would|can|could|has|have|had|should|may|might|must|do|does|did) not\b", claim)
    if match:
        return put(claim, match, match[1])
    match = re.search(r"\b(is|are|was|were|would|could|has|have|had|should|do|does|did)n't\b", claim)
    if match:
        return put(claim, match, match[1])
    match = re.search(r" (not|never)\b", claim)
    return match and put(claim, match, "")


def exchanged(claim, chance):
    """Two numbers of the claim in each other's place."""
    found = [m for m in re.finditer(NUMBER, claim) if not is_year(m) and not is_day(claim, m)]
    if len(found) < 2 or found[0][0] == found[1][0]:
        return None
    a, b = found[0], found[1]
    return claim[: a.start()] + b[0] + claim[a.end() : b.start()] + a[0] + claim[b.end() :]


def borrowed(claim, others, chance):
    """A number of the neighbouring claims in the place of one of the claim's own."""

    def numbers(text):
        return [m for m in re.finditer(NUMBER, text) if not (is_year(m) or is_day(text, m) or is_hour(text, m))]

    own = numbers(claim)
    there = sorted({m[0] for other in others for m in numbers(other) if not re.search(rf"(?<!\d){re.escape(m[0])}(?!\d)", claim)})
    if not own or not there:
        return None
    return put(claim, chance.choice(own), chance.choice(there))


def around(pairs, at, lines):
    """A pair with those before it and those after it."""
    return pairs[max(0, at - lines) : at + lines + 1]


def check(program, cases):
    environment = {"DRAGOMAN_EMBED_MODEL": "off", **os.environ}
    lines = "".join(json.dumps({"claim": claim, "sources": sources}, ensure_ascii=False) + "\n" for claim, sources in cases)
    done = subprocess.run([program, "check", "-"], input=lines.encode(), capture_output=True, env=environment)
    if done.returncode:
        raise SystemExit(f"{program} check: {done.stderr.decode()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("program")
    arguments.add_argument("files", nargs="+", type=Path)
    arguments.add_argument("--around", metavar="N", type=int, default=0)
    arguments.add_argument("--miss", metavar="KIND")
    options = arguments.parse_args()

    changes = {
        "number": (number, "number"), "percent": (percent, "number"), "year": (year, "date"),
        "month": (swapped(MONTHS, ("May", "March")), "date"), "day": (day, "date"), "weekday": (swapped(WEEKDAYS), "date"),
        "word": (word, "number"), "ordinal": (ordinal, "number"), "unit": (unit, "unit"),
        "place": (swapped(PLACES), "name"), "person": (None, "name"), "put in": (denied, "negation"),
        "taken out": (undenied, "negation"), "exchanged": (exchanged, "number"),
    }
    total = {}

    def tell(kind, expected, cases):
        found = check(options.program, [(claim, [source]) for claim, source, _ in cases])
        caught = [each for each in found if each["verdict"] != "supported"]
        right = [each for each in caught if any(one["kind"] == expected for one in each["findings"])]
        have = total.setdefault(kind, [0, 0, 0])
        for at, many in enumerate((len(caught), len(cases), len(right))):
            have[at] += many
        if kind == options.miss:
            missed = [case for case, each in zip(cases, found) if each["verdict"] == "supported"]
            for claim, source, true in missed[:MISSED]:
                print(f"  {source}\n  {true}\n  {claim}\n")

    for path in options.files:
        pairs = [line.rstrip("\n").split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        changes["person"] = (person(people([claim for _, claim in pairs])), "name")
        claims = [claim for _, claim in pairs]
        contexts = [around(pairs, at, options.around) for at in range(len(pairs))]
        sources = ["\n".join(source for source, _ in context) for context in contexts]
        results = check(options.program, [(claim, [source]) for claim, source in zip(claims, sources)])
        alarms = [
            {"claim": claim, "source": source, **result}
            for claim, source, result in zip(claims, sources, results)
            if result["verdict"] != "supported"
        ]
        path.with_suffix(".alarms.ndjson").write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in alarms))
        print(f"{path.name}: {len(alarms)} of {len(pairs)} true pairs not supported, {100 * len(alarms) / len(pairs):.2f} %")

        for kind, (change, expected) in changes.items():
            chance = random.Random(f"{path.name} {kind}")
            cases = []
            for at, (claim, result) in enumerate(zip(claims, results)):
                changed = change(claim, chance) if result["verdict"] == "supported" else None
                if changed and changed != claim:
                    cases.append((changed, sources[at], claim))
            tell(kind, expected, cases)
        chance = random.Random(f"{path.name} borrowed")
        cases = []
        for at, (claim, result) in enumerate(zip(claims, results)):
            others = [other for _, other in contexts[at] if other != claim]
            changed = borrowed(claim, others, chance) if result["verdict"] == "supported" else None
            if changed:
                cases.append((changed, sources[at], claim))
        tell("borrowed", "number", cases)

        other = [sources[(at + len(pairs) // 2) % len(pairs)] for at in range(len(pairs))]
        found = check(options.program, [(claim, [source]) for claim, source in zip(claims, other)])
        have = total.setdefault("another source", [0, 0, 0])
        have[0] += sum(each["verdict"] != "supported" for each in found)
        have[1] += len(pairs)
    print("changed: caught, of the right kind among those")
    for kind, (caught, cases, right) in total.items():
        if cases:
            of_kind = f", {100 * right / caught:.0f} %" if right and caught else ""
            print(f"  {kind}: {100 * caught / cases:.1f} % of {cases}{of_kind}")


if __name__ == "__main__":
    main()
