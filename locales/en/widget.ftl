widget-open = Open chat
widget-close = Close chat
widget-send = Send
widget-placeholder = Type your question…
widget-typing = Assistant is typing
widget-offline = You're offline. Your messages will be sent when you're back.
widget-reconnecting = Reconnecting…
widget-failed = Not sent
widget-retry = Try again
widget-too_long = This message is too long.
widget-thumbs_up = This helped
widget-thumbs_down = This didn't help
widget-source = Source
widget-unread = { $n } unread
widget-you = You
widget-bot = Assistant
widget-new_messages = New messages
widget-today = Today
widget-yesterday = Yesterday
widget-conversation_ended = This conversation has ended.
widget-start_over = Start a new conversation
widget-powered_by = Shopkeeper
widget-person_on_the_way = A person has been asked to join
widget-messages_log = Messages
widget-greeting = Hello! How can we help? Ask in your own words, at any hour.
widget-welcome_back = Welcome back!
widget-hours-open = People are here now, too.
widget-hours-closed = The assistant answers at any hour. People are back { $back }.

# Cards of products and offers
widget-cards = Products and offers
widget-cards_before = Back
widget-cards_after = Next
widget-price_now = Now
widget-price_was = before
widget-code = Code
widget-copied = Copied
widget-copied_code = The code { $code } is copied.
widget-copy_failed = The code { $code } could not be copied: please select it.
widget-comparison = Comparison
widget-comparison_unknown = not known
widget-comparison_actions = What to do

# Rating a conversation
widget-csat_question = How was this chat?
widget-csat_1 = Very bad
widget-csat_2 = Bad
widget-csat_3 = All right
widget-csat_4 = Good
widget-csat_5 = Very good
widget-csat_comment = Anything to add? (optional)
widget-csat_send = Send rating
widget-csat_thanks = You rated this chat { $n } of 5: { $label }. Thank you!
widget-csat_failed = The rating could not be sent. Please try again.

# The menu
widget-menu = More
widget-cancel = Cancel
widget-too_often = That was asked for too often. Please try again in an hour.
widget-transcript = E-mail me this chat
widget-transcript_email = Where shall we send a copy of this chat?
widget-transcript_send = Send
widget-transcript_sent = A copy was sent to { $email }.
widget-transcript_wrong = Please enter an e-mail address, such as ann@example.com.
widget-transcript_failed = The copy could not be sent. Please try again.

# Speaking and listening
widget-aloud_start = Read replies aloud
widget-aloud_stop = Stop reading aloud
widget-aloud_on = Replies are read aloud now.
widget-aloud_off = Replies are no longer read aloud.
widget-speech_start = Speak your message
widget-speech_stop = Stop listening
widget-speech_where = Your browser does the listening; some send what they hear to their maker.
widget-speech_listening = Listening…
widget-speech_check = Please check the text, then send it.
widget-speech_nothing = Nothing was heard.
widget-speech_refused = The microphone can't be used.
widget-speech_failed = Your browser could not understand speech just now.

# Photos and documents
widget-attach = Add a photo or PDF
widget-attach_check = Send this to our team?
widget-attach_hint = A person will see it; the assistant can't look at pictures. Photos are sent as they are, with what they tell of when and where they were taken.
widget-attach_send = Send
widget-attaching = Sending…
widget-attach_kind = Only PNG, JPEG, WebP and GIF pictures and PDF documents can be sent.
widget-attach_too_large = This file is too large: at most { $size }.
widget-attach_too_many = This chat has as many files as it can take.
widget-attach_failed = This file was not sent. Please try again.
widget-attachment_gone = This file can't be loaded.
widget-dismiss = Not now
