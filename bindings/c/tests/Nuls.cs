// Passes every text that the wrapper takes with a NUL inside; each is refused.

using System;
using LiasseNet;

internal static class Nuls
{
    private static void Main(string[] arguments)
    {
        var nul = "a\0b";
        var key = arguments[0] + "/key";
        var store = arguments[0] + "/store";
        Engine.CreateKeyFile(key);
        using (var engine = Engine.Create(store, key))
        using (var session = engine.Session("899900000001", "medecin", Engine.PurposeCare))
        {
            var tried = new Action[]
            {
                () => Engine.CreateKeyFile(nul),
                () => Engine.Create(nul, key),
                () => Engine.Create(store, nul),
                () => Engine.Open(nul, key),
                () => engine.Session(nul, "medecin", Engine.PurposeCare),
                () => engine.Session("899900000001", nul, Engine.PurposeCare),
                () => session.Entries(nul, Session.StatusesApproved),
                () => session.Ask(nul, Session.FormWords),
            };
            var refused = 0;
            foreach (var call in tried)
            {
                try { call(); }
                catch (ArgumentException) { refused++; }
            }
            Console.WriteLine(refused + " texts with a NUL were refused");
        }
    }
}
