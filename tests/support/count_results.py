#!/usr/bin/env python3
"""Prints the closing line of tests/run.sh, "N passed, N failed, N skipped", from what meson wrote: count_results.py LOG-DIRECTORY

Each test case of a GoogleTest program counts, every other program counts once; so does a program that ended before it could
report. The exit code is 0 when something passed and nothing failed.
"""
import glob, json, sys
import xml.etree.ElementTree as ElementTree

passed, failed, skipped = 0, [], []
broken = set()
for log in glob.glob(sys.argv[1] + "/testlog*.json"):
    for line in open(log):
        test = json.loads(line)
        if test["result"] not in ("OK", "EXPECTEDFAIL", "SKIP"):
            broken.add(test["name"].rsplit(" / ", 1)[-1])

for log in glob.glob(sys.argv[1] + "/testlog*.junit.xml"):
    for suite in ElementTree.parse(log).getroot().iter("testsuite"):
        for case in suite.findall("testcase"):
            # Meson names GoogleTest's suites PROJECT.PROGRAM.SUITE
            name = f"{suite.get('name').split('.')[-1]}.{case.get('name')}"
            if case.find("failure") is not None or case.find("error") is not None:
                failed.append(name)
            elif case.find("skipped") is not None:
                reason = case.find("skipped").get("message") or ""
                skipped.append(f"{name}: {reason.strip().splitlines()[-1] if reason.strip() else 'no reason given'}")
            else:
                passed += 1

for line in skipped:
    print("skipped", line)
for name in failed:
    print("failed", name)
print(f"{passed} passed, {max(len(failed), len(broken))} failed, {len(skipped)} skipped")
sys.exit(0 if passed and not failed and not broken else 1)
