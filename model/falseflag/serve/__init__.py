"""`falseflag serve`: a page on this machine alone that answers a case again each time one of its files is saved.

A save is seen by `watch`, answered exactly, and shown at once (`live` is what is shown, `app` hands it to the page).
What takes longer, the report and the sampler, runs in processes of its own (`jobs`); `controller` passes on what comes
back.
"""
