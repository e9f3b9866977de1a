"""Fine-tuning: a company's own question/answer pairs become a model, here or at a provider.

pairs, upload, harvest, draft       training data: from files, from feedback, from documents, reviewed
checks, personal, split             what is wrong with it, and its division into training and validation
jobs, start, claims, work           a training job as a row, and a worker's share of it
trainer                             the port; local_trainer and openai_trainer behind it
local/                              the training process: nothing else may import it
"""
