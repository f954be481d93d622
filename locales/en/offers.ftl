# Why an offer does not apply, and what would make it.
offer-not-found = We don't know this code. Please check how it's spelled.
offer-not-yet = This offer starts { $starts }.
offer-expired = This offer has ended.
offer-not-running = This offer isn't running at the moment.
offer-campaign-used-up = This offer has been used up for now.
offer-budget-spent = What was set aside for this offer doesn't cover your order any more.
offer-code-used-up = This code has already been used.
offer-used-by-you = You've already used this offer as often as it allows.
offer-who-are-you = Sign in, and we'll see whether this offer is for you.
offer-for-others = This offer is for other customers, so we can't apply it to your order.
offer-other-channel = This offer can't be used here.
offer-nothing-to-discount = This offer would change nothing in your cart, so we've kept it for you.
offer-other-currency = This offer is for orders in { $expected }.
offer-missing-amount = Add { $amount } more to get this.
offer-missing-item = { $pieces ->
    [one] One more item that belongs to this offer, and it's yours.
   *[other] { $pieces } more items that belong to this offer, and it's yours.
}
offer-outside-hours = This offer is on again { $opens }.
offer-outside-hours-over = This offer won't be on again before it ends.
offer-not-combinable = This doesn't go together with { $with }. We've kept what saves you more.
offer-same-campaign = You already have a code of this offer in your cart. One is all it takes.
offer-too-many = Your cart already has as many offers as it can take. We've kept those that save you most.
offer-next-amount = Add { $amount } more to save more.
offer-next-item = { $pieces ->
    [one] Add one more to save more.
   *[other] Add { $pieces } more to save more.
}
