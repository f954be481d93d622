# Mails to shoppers
mail-transcript-subject = 您与 { $shop } 的聊天记录
mail-transcript-intro = 这是您要的聊天记录副本。时间均为 { $zone } 时间。
mail-transcript-outro = { $shop } 发送这封邮件，是因为有人在我们商店的聊天里填了您的邮箱。如果不是您本人，不用理会就好。
mail-transcript-you = 您
mail-transcript-attachment = 附件：{ $name }
