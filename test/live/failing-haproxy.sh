#!/bin/sh
# Says that it is installed and that every configuration is valid, and then does not start.
case "$*" in *-db*) exit 1 ;; esac
