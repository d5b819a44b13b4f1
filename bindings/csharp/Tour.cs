// A tour in C#: prints the lines of the tour in C. usage: Tour EMPTY-FOLDER

using System;
using System.IO;
using System.Text;
using LiasseNet;

internal static class Tour
{
    private const string Patient = "299999999999945@1.2.250.1.213.1.4.10";
    private static readonly TextWriter Out =
        new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));

    private static byte[] Document(string number, string title, string text)
    {
        return Encoding.UTF8.GetBytes(
            "{\"liasse_document\":1,\"unique_id\":\"1.2.250.1.213.1.1.9999^" + number + "\","
            + "\"type\":{\"code\":\"11488-4\"},\"title\":\"" + title + "\","
            + "\"creation_time\":\"2026-01-0" + number + "T12:00:00Z\",\"text\":\"" + text + "\","
            + "\"authors\":[{\"id\":\"1.2.250.1.71.4.2.1^899900000001\","
            + "\"person\":{\"family\":\"SPECIMEN\"}}],"
            + "\"patient\":{\"ins\":{\"matricule\":\"299999999999945\","
            + "\"oid\":\"1.2.250.1.213.1.4.10\"}}}");
    }

    private static Id Deposit(Session session, byte[] document)
    {
        uint outcome;
        var id = session.Deposit(document, Session.AbsentOpen, out outcome);
        var kept = outcome == Session.OutcomeKept;
        Out.Write("deposited: {0}\n", kept ? "kept" : "already there");
        return id;
    }

    private static Id Fill(Session session)
    {
        var first = Deposit(session, Document("1", "Consultation", "Toux depuis trois jours."));
        Deposit(session, Document("2", "Suivi", "La fi\u00e8vre a baiss\u00e9."));
        Deposit(session, Document("1", "Consultation", "Toux depuis trois jours."));
        return first;
    }

    private static void Look(Session session)
    {
        foreach (var entry in session.Entries(Patient, Session.StatusesApproved))
        {
            Out.Write("{0}, {1}, {2} bytes, {3}\n",
                entry.Title, entry.Author, entry.Bytes, entry.CreationTime);
        }
        var question =
            "{\"query\":\"fievre\",\"patient\":\"" + Patient + "\",\"facets\":[\"type\"]}";
        var answer = session.Ask(question, Session.FormJson);
        foreach (var hit in answer.Hits)
        {
            Out.Write("found: {0}, at byte {1}\n", hit.Snippet, hit.Highlight);
        }
        foreach (var count in answer.Counts)
        {
            Out.Write("{0} {1}: {2}\n", count.Facet, count.Group, count.Documents);
        }
    }

    private static int Main(string[] arguments)
    {
        if (arguments.Length != 1) return 2;
        var key = arguments[0] + "/root.key";
        Out.Write("liasse {0}\n", Engine.Version);
        Engine.CreateKeyFile(key);
        using (var engine = Engine.Create(arguments[0] + "/store", key))
        {
            Id first;
            using (var session = engine.Session("899900000001", "medecin", Engine.PurposeCare))
            {
                first = Fill(session);
                Look(session);
                Out.Write("fetched: {0}\n", Encoding.UTF8.GetString(session.Fetch(first)));
            }
            using (var other = engine.Session("899900000002", "medecin", Engine.PurposeCare))
            {
                try { other.Fetch(first); }
                catch (LiasseException refused)
                {
                    Out.Write("another: {0}, {1}\n", refused.CodeName, refused.Message);
                }
            }
        }
        Out.Write("closed\n");
        Out.Flush();
        return 0;
    }
}
