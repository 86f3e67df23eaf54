"""Funds without a database: which flows there are, and the words for them."""

from __future__ import annotations

from enum import StrEnum


class FlowKind(StrEnum):
    """What a flow of money is. The first two are between the fund and a partner, the next two between the fund and a company."""

    CONTRIBUTION = "contribution"
    DISTRIBUTION = "distribution"
    INVESTMENT = "investment"
    PROCEEDS = "proceeds"
    FEE = "fee"
    """Of management, paid to the manager."""
    EXPENSE = "expense"
    CARRY = "carry"
    """Carried interest, paid to the general partner."""
    INCOME = "income"
    """Interest on what the fund has in its account."""


OF_PARTNER = frozenset({FlowKind.CONTRIBUTION, FlowKind.DISTRIBUTION})
OF_COMPANY = frozenset({FlowKind.INVESTMENT, FlowKind.PROCEEDS})
INTO_FUND = frozenset({FlowKind.CONTRIBUTION, FlowKind.PROCEEDS, FlowKind.INCOME})
"""They add to the fund's cash; all others take from it."""


class Purpose(StrEnum):
    """What a line of a notice is for: the first three of a call, the others of a distribution and of proceeds."""

    INVESTMENT = "investment"
    FEE = "fee"
    EXPENSE = "expense"
    CAPITAL = "capital"
    GAIN = "gain"
    INCOME = "income"


class NoticeKind(StrEnum):
    """What partners are told."""

    CALL = "call"
    DISTRIBUTION = "distribution"


class Instrument(StrEnum):
    """By what a round brings money into a company."""

    FOUNDING = "founding"
    EQUITY = "equity"
    CONVERTIBLE = "convertible"
    LOAN = "loan"
    GRANT = "grant"


class Method(StrEnum):
    """How a fair value was found. Source: the words of the International Private Equity and Venture Capital Valuation Guidelines."""

    RECENT_INVESTMENT = "recent_investment"
    MULTIPLES = "multiples"
    CASH_FLOWS = "cash_flows"
    NET_ASSETS = "net_assets"
    MILESTONES = "milestones"
    WRITE_OFF = "write_off"
    EXIT = "exit"
