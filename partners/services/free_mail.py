"""Domains where everybody may have an address: they tell nothing about a company."""

from __future__ import annotations

from typing import Final

FREE_MAIL: Final = frozenset(
    {
        *("126.com", "163.com", "aim.com", "aliyun.com", "aol.com", "att.net"),
        *("bellsouth.net", "bk.ru", "bluewin.ch", "btinternet.com", "comcast.net"),
        *("cox.net", "daum.net", "duck.com", "email.cz", "fastmail.com", "foxmail.com"),
        *("free.fr", "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com"),
        *("gmx.de", "gmx.net", "googlemail.com", "hey.com", "hotmail.co.uk"),
        *("hotmail.com", "hotmail.de", "hotmail.es", "hotmail.fr", "hotmail.it"),
        *("hushmail.com", "icloud.com", "inbox.ru", "interia.pl", "laposte.net"),
        *("libero.it", "list.ru", "live.com", "live.fr", "mac.com", "mail.com"),
        *("mail.ru", "mailbox.org", "me.com", "msn.com", "naver.com", "o2.pl"),
        *("onet.pl", "orange.fr", "outlook.com", "outlook.de", "outlook.fr", "pm.me"),
        *("posteo.de", "proton.me", "protonmail.com", "qq.com", "rediffmail.com"),
        *("rocketmail.com", "sapo.pt", "seznam.cz", "sfr.fr", "sina.com"),
        *("t-online.de", "tuta.com", "tutanota.com", "uol.com.br", "verizon.net"),
        *("virgilio.it", "wanadoo.fr", "web.de", "wp.pl", "ya.ru", "yahoo.ca"),
        *("yahoo.co.in", "yahoo.co.jp", "yahoo.co.uk", "yahoo.com", "yahoo.com.br"),
        *("yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.it", "yandex.com", "yandex.ru"),
        *("ymail.com", "zoho.com"),
    }
)
