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
bot-person-yes = Yes, ask a person
bot-person-no = No, thanks
bot-handover-open = I've asked a person on our team to join this chat. They can read what you've written, so there's no need to repeat it.
bot-handover-closed = I've put your chat in line for our team. They're away right now and will be back { $back }; they can read what you've written, so there's no need to repeat it. You can also write to { $email }.
bot-handover-complaint = I'm sorry this went wrong.
bot-handover-failures = I haven't been able to help with that.
bot-waiting = I've added that for the person who takes over.
bot-no-back = as soon as they can

# Why a product is shown
reason-because-you-looked-at = Because you looked at { $item }
reason-often-together = Often bought with { $item }
reason-like = Like { $item }
reason-session = Others who looked at the same went on to this
reason-shoppers-like-you = Shoppers with your taste like it
reason-trending = Wanted by many these days
reason-popular = A favourite of many
reason-new = New in the shop
