"""Live experiments: traffic split between variants, what was shown to whom, and what that says so far.

schema, types            tables; values
book                     making, changing, stopping experiments, as transactions
traffic                  which variant a question gets that names none, by sticky hash; exposures as they come
samples, metrics         exposures -> one number a visitor, by rules fixed beforehand
report, words, export    what an experiment says
tend                     in the background: guardrails that stop a lane, Thompson routing
defaults                 the variant of questions that name none while no experiment runs
"""
