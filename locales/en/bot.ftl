# What the bot says of its own. Facts come from articles, never from here.
bot-name = Shop assistant
bot-greeting = Hello! I'm the assistant of { $shop }. Ask me about orders, delivery, returns or our products, in your own words.
bot-thanks = You're welcome! Is there anything else I can help with?
bot-goodbye = Goodbye, and thanks for stopping by. I'm here at any hour.
bot-identity = I'm { $shop }'s automatic assistant, not a person. I answer from our help pages and show you where each answer comes from. If you'd rather talk to a person, just say so.
bot-help = I can answer questions about orders, payment, delivery, returns, sizes, care, gift cards, points and the store, and show you the page each answer comes from. If I can't help, I call a person.
bot-affirm-what = Gladly. What would you like to know?
bot-deny-ok = All right. What else can I do for you?
bot-clarify = I want to get this right. Which of these do you mean?
bot-clarify-none = None of these
bot-unknown = I don't know the answer to that, and I won't guess. Shall I ask a person on our team to help?
bot-perhaps = Perhaps one of these helps in the meantime:
bot-rephrase = Then please tell me in other words what you'd like to know.
bot-related = You might also want to know:
bot-other-language = This part of our help centre is only there in { $language } so far:
bot-person-yes = Yes, ask a person
bot-person-no = No, thanks
bot-handover-open = I've asked a person on our team to join this chat. They can read what you've written, so there's no need to repeat it.
bot-handover-closed = I've put your chat in line for our team. They're away right now and will be back { $back }; they can read what you've written, so there's no need to repeat it. You can also write to { $email }.
bot-handover-complaint = I'm sorry this went wrong.
bot-handover-value = With this much at stake, a person on our team decides.
bot-handover-failures = I haven't been able to help with that.
bot-waiting = I've added that for the person who takes over.
bot-no-back = as soon as they can
bot-handover-anger = I'm sorry, I can see that this is frustrating.
bot-handover-place = You're number { $place } in line.
bot-rate = How was this chat for you?

# Products
bot-products-found = Here's what fits from our shelves:
bot-products-found-for = Here's what fits ({ $limits }):
bot-products-advice = How about one of these?
bot-products-more = Here are some more:
bot-products-more-beside = That's all of these. This stands beside them:
bot-products-cheaper = These cost less:
bot-products-like = These are like it:
bot-products-budget = I found a good many. What would you like to spend at most?
bot-products-no-more = That's all I have that fits. Shall we loosen something, the price or the colour perhaps?
bot-products-no-cheaper = Nothing that fits costs less than what I've shown you. I could look for something else, if you tell me what matters most.
bot-products-none = Nothing on our shelves fits all of that. Tell me what matters most, and I'll look again.
bot-products-without-colour = Nothing that fits comes in that colour. These do in other colours:
bot-products-without-size = I found nothing in that size. These come near in other sizes:
bot-products-without-persons = I found none made for that many people. These come nearest:
bot-products-without-audience = I found nothing made especially for them. These may suit all the same:
bot-products-without-brand = That brand has nothing that fits. Others do:
bot-products-without-price = Nothing that fits is within that price. These come nearest:
bot-goes-with = This goes well with { $item }:
bot-dismissed = Understood, I won't show you { $item } again.
bot-compare = Here they are side by side:
limit-size = size { $size }
limit-persons = { $persons ->
    [one] for one person
   *[other] for { $persons } people
}
limit-men = for men
limit-women = for women
limit-kids = for children
limit-babies = for babies
limit-min = from { $amount }
limit-max = up to { $amount }
limit-not = not { $name }
list-comma = ,{" "}
button-under = Under { $amount }
button-more = Show me more
button-compare = Compare them
button-apply = Use { $code }
card-view = View
card-add = Add to cart
card-like = More like this
card-dismiss = Not for me
card-copy = Copy code
card-apply = Use it
card-until = Until { $day }
card-offer = { $total } with an offer that comes off by itself
card-offer-code = { $total } with code { $code }
compare-price = Price
compare-brand = Brand
compare-stock = In stock
attribute-weight = Weight
attribute-capacity = Holds
attribute-temperature-rating = Warm down to
attribute-size = Sizes
attribute-color = Colour
attribute-material = Material
attribute-season = Season
attribute-use = Made for
attribute-activity = Activity

# Stock
stock-some = In stock
stock-few = { $left ->
    [one] Only one left
   *[other] Only { $left } left
}
stock-none = Sold out
stock-preorder = Can be ordered ahead
stock-backorder = On its way to us, can be ordered
stock-yes = Yes, you can have { $item }. { $stock }.
stock-yes-size = Yes, { $item } comes in { $size }. { $stock }.
stock-out = I'm sorry, { $item } is sold out.
stock-out-size = { $item } comes in { $size }, but it's sold out.
stock-no-size = { $item } doesn't come in { $wanted }. It comes in { $sizes }.
stock-unsized = { $item } comes in one size only.
stock-no-colour = { $item } doesn't come in { $wanted }. It comes in { $colours }.

# The cart
bot-cart-added = I've put { $count } × { $item } into your cart.
bot-cart-removed = I've taken { $item } out of your cart.
bot-cart-has-none = { $item } isn't in your cart.
bot-cart-unreachable = I can't reach your cart from here. You can add { $item } on [its page]({ $page }).
bot-cart-sold-out = I'm sorry, { $item } is sold out, so I can't add it.
bot-cart-quantity = That's more of { $item } than one order may have.
bot-cart-full = Your cart is full, so I couldn't add { $item }.
bot-cart-failed = That didn't work just now. Please try again in a moment.
bot-cart-empty = Your cart is empty.
bot-cart-holds = { $pieces ->
    [one] There's one thing in your cart:
   *[other] There are { $pieces } things in your cart:
}
bot-cart-line = - { $count } × { $item }: { $costs }
bot-cart-offer = { $offer } takes { $amount } off.
bot-cart-total = With shipping it comes to { $total }. [Open the cart](/cart)

# Offers
bot-offers = These offers are running right now:
bot-offer-code = Code: { $code }.
bot-offer-automatic = It comes off in the cart by itself.
bot-offers-cart = These offers are running, and this is what they do for your cart:
bot-offers-none = No offers are running right now.
bot-offers-none-for-it = Nothing is reduced for that in particular right now. These offers are running:
bot-offer-worth = Takes { $amount } off your cart.
bot-code-worth = The code { $code } works: it takes { $amount } off your cart.
bot-code-not-yet = The code { $code } is good, but doesn't apply to your cart yet. { $why } This is what it's for: { $offer }
bot-code-unknown = I know of no code { $code } that's for everybody. Please check its spelling; if it was sent to you alone, enter it in the [cart](/cart), where it's checked.
bot-codes-together = { $one } and { $other } go together in one order.
bot-codes-not-together = { $one } doesn't go together with { $other }: one order takes only one of them.
bot-code-no-cart = Please enter { $code } in the cart; I can't reach it from here.
bot-code-empty-cart = Your cart is empty. Put something in first, then { $code } can be used.
bot-code-many = There are too many codes in your cart already. Take one out first.
bot-code-applied = Done: { $code } takes { $amount } off.
bot-code-kept = { $code } is in your cart.
bot-code-waits = I've put { $code } into your cart, but it takes nothing off yet. { $why }
bot-code-good = The code { $code } is good. { $offer }
bot-code-bad = About the code { $code }: { $why }

# Why a product is shown
reason-because-you-looked-at = Because you looked at { $item }
reason-often-together = Often bought with { $item }
reason-like = Like { $item }
reason-session = Others who looked at the same went on to this
reason-shoppers-like-you = Shoppers with your taste like it
reason-trending = Wanted by many these days
reason-popular = A favourite of many
reason-new = New in the shop

# Orders
bot-order-ask-number-status = I'll look that up for you. What's your order number? It has five digits and stands in your confirmation e-mail.
bot-order-ask-number-cancel = I can do that, if it hasn't left us yet. What's your order number?
bot-order-ask-number-change-address = Let's put that right. What's your order number?
bot-order-ask-number-return = I'll help you send it back. What's your order number?
bot-order-ask-number-exchange = I'll help you exchange it. What's your order number?
bot-order-ask-number-refund = Let me see where your refund is. What's your order number?
bot-order-ask-number-reinstate = What's your order number?
bot-order-ask-number-restore-address = What's your order number?
bot-order-ask-number-withdraw = What's your order number?
bot-order-ask-proof = Thanks. So that I show it to nobody else: which e-mail address did you order with, or which postcode does it go to?
bot-order-ask-lines = What would you like to send back?
bot-order-ask-reason = What's the reason? It helps us put things right.
bot-order-ask-exchange-for = Which size or colour would you like instead?
bot-order-ask-address = What's the right address? Please write it in one line: street and number, city, state and ZIP code.
bot-order-ask-confirm = Shall I do that?
bot-order-not-found = I can't find an order with this number and these details. Please check both and send them again.
bot-order-not-found-again = I still can't find it. Shall I ask a person on our team to look?
bot-order-too-many = That was tried too often just now, so I've stopped looking, to keep orders safe. Please try again later. Shall I ask a person on our team?
bot-order-away = Our order system doesn't answer at the moment. Please try again in a few minutes. Shall I ask a person on our team?
bot-order-change-failed = Our order system doesn't answer at the moment, so nothing has been changed as far as I know. Please try again in a few minutes.
bot-order-not-understood = Sorry, I didn't get that.
bot-order-back-to = And back to your order: { $question }
bot-order-back-to-confirm = And back to your order: shall I go ahead?
bot-form-left = All right, I've left everything as it is. What else can I do for you?
bot-order-yes = Yes, please
bot-order-no = No, leave it
bot-order-head = Order { $number }, placed on { $placed }, { $total }.
bot-order-line = - { $count } × { $item }
bot-order-line-exchange = - { $count } × { $item } for { $wanted }
bot-order-is-placed = It's placed, and we're getting it ready.
bot-order-is-packed = It's packed and leaves us next.
bot-order-is-cancelled = It's cancelled.
bot-order-was-shipped = It left us on { $day } with { $carrier }, tracking number { $tracking }.
bot-order-was-delivered = { $carrier } delivered it on { $day } ({ $tracking }).
bot-order-expected = It should be with you between { $from } and { $to }.
bot-order-expected-day = It should be with you on { $day }.
bot-order-is-old = { $minutes ->
    [one] Our order system doesn't answer at the moment; this is how it stood a minute ago.
   *[other] Our order system doesn't answer at the moment; this is how it stood { $minutes } minutes ago.
}
bot-return-is-requested = A return was started on { $day }; { $amount } comes back when it's here.
bot-return-is-withdrawn = A return was taken back on { $day }.
bot-return-is-received = Your return reached us on { $day }.
bot-return-is-exchanged = Your return reached us on { $day }, and the exchange is on its way.
bot-return-is-refunded = Your return reached us on { $day }, and { $amount } was paid back.
bot-return-label = Here is the [return label]({ $label }).
bot-refund-is-due = A refund of { $amount } is on its way to you, due since { $day }.
bot-refund-was-sent = We sent you { $amount } on { $day }; banks take a few days to show it.
bot-refund-was-credited = We gave you { $amount } as store credit on { $day }.
bot-refund-none = There's no refund for order { $number }: nothing of it came back or was cancelled.
bot-order-button-status = Look up my order
bot-order-button-cancel = Cancel it
bot-order-button-change-address = Change the address
bot-order-button-return = Return something
bot-order-button-exchange = Exchange something
bot-order-button-refund = Look up my refund
bot-order-button-reinstate = Undo
bot-order-button-restore-address = Undo
bot-order-button-withdraw = Take the return back
bot-order-confirm-cancel = Shall I cancel order { $number } ({ $total })? You'd get the money back to the way you paid.
bot-order-confirm-address = Order { $number } would go to: { $address }. Is that right?
bot-order-confirm-return = I'd start this return for order { $number }:

    { $lines }

    Shall I?
bot-order-confirm-exchange = I'd start this exchange for order { $number }:

    { $lines }

    Shall I?
bot-order-confirm-undo = Shall I undo that?
bot-order-done-cancel = Done: order { $number } is cancelled, and { $amount } goes back to the way you paid.
bot-order-done-reinstate = Done: order { $number } is on again.
bot-order-done-address = Done: order { $number } goes to { $address }.
bot-order-done-return = Done: your return is started. When it's here, { $amount } goes back to the way you paid.
bot-order-done-exchange = Done: your exchange is started.
bot-order-done-fee = The return costs { $fee }, which is taken off.
bot-order-done-withdraw = Done: the return for order { $number } is taken back.
bot-order-cannot-status = I can't do that with order { $number }.
bot-order-cannot-cancel = I can't cancel order { $number }.
bot-order-cannot-change-address = I can't change the address of order { $number }.
bot-order-cannot-return = I can't start that return for order { $number }.
bot-order-cannot-exchange = I can't start that exchange for order { $number }.
bot-order-cannot-refund = I can't do that with order { $number }.
bot-order-cannot-reinstate = I can't bring order { $number } back.
bot-order-cannot-restore-address = I can't put the former address of order { $number } back.
bot-order-cannot-withdraw = I can't take the return of order { $number } back.
bot-order-why-already-packed = It's packed already.
bot-order-why-already-shipped = It has left us already. You can refuse the parcel, or send it back once it's there.
bot-order-why-already-delivered = It has been delivered already.
bot-order-why-already-cancelled = It's cancelled already.
bot-order-why-not-cancelled = It isn't cancelled.
bot-order-why-not-packed = It isn't packed yet.
bot-order-why-not-shipped = It hasn't left us yet.
bot-order-why-not-delivered = It hasn't been delivered yet; a return begins when it's there.
bot-order-why-still-changeable = It hasn't left us yet, so you can still cancel it instead.
bot-order-why-too-late = The time for that is over.
bot-order-why-nothing-left = Everything in it has come back, or is on its way back.
bot-order-why-not-returnable = That's a thing that can't be sent back, unless something is wrong with it.
bot-order-why-other-product = An exchange is for another size or colour of the same thing.
bot-order-why-sold-out = What you'd like instead can't be had at the moment.
bot-order-why-price-changed = Its offers are no longer to be had at that price; please order it anew.
bot-order-why-already-received = The goods are with us already.
bot-order-why-already-withdrawn = It was taken back already.
bot-order-why-already-refunded = It's paid back already.
bot-order-why-nothing-to-undo = There's nothing to undo.
bot-order-why-other = The shop's system doesn't allow it.
bot-return-reason-too-small = Too small
bot-return-reason-too-large = Too large
bot-return-reason-not-as-expected = Not as I expected
bot-return-reason-changed-mind = I changed my mind
bot-return-reason-faulty = Something is wrong with it
bot-return-reason-wrong-item = The wrong thing came
bot-return-reason-damaged = It arrived damaged
bot-return-reason-other = Another reason
bot-handover-contact = If you leave your e-mail address here, they'll answer you there as well.
bot-contact-kept = Thank you. Our team will write to { $email }.
bot-agent-joined = { $agent } has joined the chat.
bot-agent-left = { $agent } has left the chat. The automatic assistant answers again.
bot-resolved = This chat has ended. Write again whenever you like.
bot-attachment = Thank you, the file is here. I can't look at pictures or documents myself, but a person can.
