"""Training on this machine: a process of its own, `python -P -m service.tune.local.main JOBDIR`.

    main ─ job, progress, failure        reads job.json, tells how it goes, ends with manifest.json or error.json
      └─ train                           one job from its pairs to its model file
           ├─ base, prompts, packed      the GGUF file as a PyTorch model; what it reads; many pairs in one row
           ├─ reword                     each question in more wordings, before the training
           ├─ loop, checkpoint, sweep    steps, validation, early stopping, going on after kill -9
           ├─ export, samples, manifest  the adapter as GGUF; best and worst; everything needed to repeat it
           └─ scratch                    the same with a tiny model from nothing

Only this package imports torch, transformers, peft and gguf (the extra `finetune`), and only this process imports it.
"""
