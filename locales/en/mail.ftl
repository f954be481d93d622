# Mails to shoppers
mail-transcript-subject = Your chat with { $shop }
mail-transcript-intro = You asked for a copy of this chat. Times are those of { $zone }.
mail-transcript-outro = { $shop } sent this mail because somebody gave your address in our shop's chat. If it was not you, you need not do anything.
mail-transcript-you = You
mail-transcript-attachment = Attachment: { $name }
