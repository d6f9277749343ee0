"""Gene: who are its neighbours here, and why."""

from musegnn.screens.shell.frame import show

show("Gene")
