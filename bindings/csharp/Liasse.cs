// Liasse for C#, by P/Invoke: handles to dispose of, failures that are thrown.
//
// For: programs on 64-bit systems, with .NET or Mono. A library of another version is refused when
// a store is opened. Rows are copied, so they outlive their cursor. A text that holds a NUL is an
// ArgumentException.

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

namespace LiasseNet
{
    /// <summary>The functions of liasse.h that the classes below call.</summary>
    internal static class C
    {
        private const string Library = "liasse";

        private static readonly uint WrittenFor = 1000;

        /// <summary>Throws when the library is not one this was written for.</summary>
        internal static void CheckVersion()
        {
            var loaded = liasse_version_number();
            var same = WrittenFor < 1000000 ? 1000u : 1000000u;
            if (loaded / same != WrittenFor / same || loaded < WrittenFor)
            {
                throw new DllNotFoundException(
                    "written for Liasse " + WrittenFor + ", not for " + loaded);
            }
        }

        [DllImport(Library)] internal static extern uint liasse_version_number();
        [DllImport(Library)] internal static extern IntPtr liasse_version_string();
        [DllImport(Library)] internal static extern IntPtr liasse_code_name(int code);
        [DllImport(Library)] internal static extern int liasse_error_code(IntPtr error);
        [DllImport(Library)] internal static extern IntPtr liasse_error_message(IntPtr error);
        [DllImport(Library)] internal static extern IntPtr liasse_error_hint(IntPtr error);
        [DllImport(Library)] internal static extern void liasse_error_free(IntPtr error);
        [DllImport(Library)] internal static extern int liasse_key_file_create(
            IntPtr path, out IntPtr error);
        [DllImport(Library)] internal static extern int liasse_engine_create(
            IntPtr directory, ref OpenOptions how, out IntPtr engine, out IntPtr error);
        [DllImport(Library)] internal static extern int liasse_engine_open(
            IntPtr directory, ref OpenOptions how, out IntPtr engine, out IntPtr error);
        [DllImport(Library)] internal static extern int liasse_engine_close(
            IntPtr engine, out IntPtr error);
        [DllImport(Library)] internal static extern int liasse_session_open(
            IntPtr engine, ref SessionOptions who, out IntPtr session, out IntPtr error);
        [DllImport(Library)] internal static extern void liasse_session_close(IntPtr session);
        [DllImport(Library)] internal static extern int liasse_session_deposit(
            IntPtr session, ref DepositOptions what, out Id document, IntPtr dossier,
            out uint outcome, out IntPtr error);
        [DllImport(Library)] internal static extern int liasse_session_entries(
            IntPtr session, IntPtr patient, uint statuses, out IntPtr cursor, out IntPtr error);
        [DllImport(Library)] internal static extern int liasse_entries_next(
            IntPtr cursor, out IntPtr row, out IntPtr error);
        [DllImport(Library)] internal static extern void liasse_entries_free(IntPtr cursor);
        [DllImport(Library)] internal static extern int liasse_session_ask(
            IntPtr session, ref SearchOptions what, out IntPtr answer, out IntPtr error);
        [DllImport(Library)] internal static extern int liasse_answer_next_hit(
            IntPtr answer, out IntPtr row, out IntPtr error);
        [DllImport(Library)] internal static extern int liasse_answer_next_count(
            IntPtr answer, out IntPtr row, out IntPtr error);
        [DllImport(Library)] internal static extern void liasse_answer_free(IntPtr answer);
        [DllImport(Library)] internal static extern int liasse_session_fetch(
            IntPtr session, ref Id document, out IntPtr bytes, out IntPtr error);
        [DllImport(Library)] internal static extern IntPtr liasse_bytes_data(IntPtr bytes);
        [DllImport(Library)] internal static extern UIntPtr liasse_bytes_length(IntPtr bytes);
        [DllImport(Library)] internal static extern void liasse_bytes_free(IntPtr bytes);

        [StructLayout(LayoutKind.Sequential)] internal struct Text
        {
            internal IntPtr Bytes;
            internal UIntPtr Length;
            public override string ToString() { return Copied.Utf8(Bytes, Length); }
        }

        [StructLayout(LayoutKind.Sequential)] internal struct OpenOptions
        {
            internal UIntPtr Size;
            internal IntPtr KeyFile, Passphrase, Pack, Kms, Sinks;
            internal UIntPtr SinkCount;
            internal IntPtr SinksWaived;
            internal uint Recheck, KmsDeadlineMs, Ground, Reserved;
        }

        [StructLayout(LayoutKind.Sequential)] internal struct SessionOptions
        {
            internal UIntPtr Size;
            internal IntPtr Actor, Profession, Speciality, Structure, Patient;
            internal uint Purpose, Secret;
        }

        [StructLayout(LayoutKind.Sequential)] internal struct DepositOptions
        {
            internal UIntPtr Size;
            internal IntPtr Bytes;
            internal UIntPtr Length;
            internal IntPtr Text;
            internal UIntPtr TextLength;
            internal uint Flags, Absent;
            internal IntPtr Path, Read, User;
            internal ulong MemoryBytesMax;
        }

        [StructLayout(LayoutKind.Sequential)] internal struct SearchOptions
        {
            internal UIntPtr Size;
            internal IntPtr Query;
            internal UIntPtr QueryLength;
            internal IntPtr Patient;
            internal UIntPtr Limit;
            internal uint Statuses, Form;
            internal IntPtr After, Interrupt;
            internal ulong TimeMs, MemoryBytesMax;
        }

        [StructLayout(LayoutKind.Sequential)] internal struct EntryRow
        {
            internal UIntPtr Size;
            internal Id Document, EntryId, Dossier;
            internal long CreationTime, Deposited;
            internal ulong Bytes;
            internal uint Flags, Status, Version, Reserved;
            internal Text UniqueId, TypeCode, ClassCode, Title, Author, AuthorStructure, MimeType;
        }

        [StructLayout(LayoutKind.Sequential)] internal struct HitRow
        {
            internal UIntPtr Size;
            internal IntPtr Entry;
            internal ulong Score;
            internal Text Snippet;
            internal IntPtr Highlights;
            internal UIntPtr HighlightCount;
        }

        [StructLayout(LayoutKind.Sequential)] internal struct CountRow
        {
            internal UIntPtr Size;
            internal ulong Documents;
            internal Text Facet, Group;
        }

        internal static UIntPtr SizeOf<T>() { return (UIntPtr)(ulong)Marshal.SizeOf(typeof(T)); }
        internal static T Row<T>(IntPtr row) { return (T)Marshal.PtrToStructure(row, typeof(T)); }
    }

    /// <summary>What is copied out of the library.</summary>
    internal static class Copied
    {
        internal static byte[] Bytes(IntPtr from, UIntPtr length)
        {
            var bytes = new byte[checked((int)length)];
            Marshal.Copy(from, bytes, 0, bytes.Length);
            return bytes;
        }

        internal static string Utf8(IntPtr from, UIntPtr length)
        {
            return Encoding.UTF8.GetString(Bytes(from, length));
        }

        internal static string Utf8(IntPtr from)
        {
            var length = 0;
            while (Marshal.ReadByte(from, length) != 0) length++;
            return Utf8(from, (UIntPtr)(uint)length);
        }
    }

    /// <summary>What is copied in for the time of a call.</summary>
    internal sealed class Lent : IDisposable
    {
        private readonly List<IntPtr> memory = new List<IntPtr>();

        internal IntPtr Bytes(byte[] bytes)
        {
            var lent = Marshal.AllocHGlobal(bytes.Length + 1);
            memory.Add(lent);
            Marshal.Copy(bytes, 0, lent, bytes.Length);
            Marshal.WriteByte(lent, bytes.Length, 0);
            return lent;
        }

        /// <summary>As C takes it, which would take a NUL for the end.</summary>
        internal IntPtr Text(string text)
        {
            return text == null ? IntPtr.Zero : Bytes(Utf8(text));
        }

        internal static byte[] Utf8(string text)
        {
            if (text.IndexOf('\0') >= 0)
            {
                throw new ArgumentException("a text for Liasse holds a NUL");
            }
            return Encoding.UTF8.GetBytes(text);
        }

        public void Dispose()
        {
            memory.ForEach(Marshal.FreeHGlobal);
            memory.Clear();
        }
    }

    /// <summary>Why a call failed.</summary>
    public sealed class LiasseException : Exception
    {
        public readonly int Code;
        public readonly string Hint;

        private LiasseException(int code, string message, string hint) : base(message)
        {
            Code = code;
            Hint = hint;
        }

        public string CodeName { get { return Copied.Utf8(C.liasse_code_name(Code)); } }

        internal static void ThrowUnless(int code, IntPtr error)
        {
            if (code == 0) return;
            var message = Copied.Utf8(C.liasse_error_message(error));
            var hint = Copied.Utf8(C.liasse_error_hint(error));
            C.liasse_error_free(error);
            throw new LiasseException(code, message, hint);
        }
    }

    /// <summary>The id of a document: a value to copy.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Id
    {
        public ulong First, Second;
    }

    /// <summary>A document of a list.</summary>
    public sealed class Entry
    {
        public readonly Id Document;
        public readonly string Title, Author;
        public readonly ulong Bytes;
        public readonly long CreationTime;

        internal Entry(C.EntryRow row)
        {
            Document = row.Document;
            Title = row.Title.ToString();
            Author = row.Author.ToString();
            Bytes = row.Bytes;
            CreationTime = row.CreationTime;
        }
    }

    /// <summary>A document that answers; its first highlight begins at that byte, or -1.</summary>
    public sealed class Hit
    {
        public readonly Entry Entry;
        public readonly string Snippet;
        public readonly long Highlight;

        internal Hit(C.HitRow row)
        {
            Entry = new Entry(C.Row<C.EntryRow>(row.Entry));
            Snippet = row.Snippet.ToString();
            var none = row.HighlightCount == UIntPtr.Zero;
            Highlight = none ? -1 : Marshal.ReadInt64(row.Highlights);
        }
    }

    /// <summary>How many documents are in a group of a facet.</summary>
    public sealed class Count
    {
        public readonly string Facet, Group;
        public readonly ulong Documents;

        internal Count(C.CountRow row)
        {
            Facet = row.Facet.ToString();
            Group = row.Group.ToString();
            Documents = row.Documents;
        }
    }

    /// <summary>Hits and counts of one moment.</summary>
    public sealed class Answer
    {
        public readonly List<Hit> Hits = new List<Hit>();
        public readonly List<Count> Counts = new List<Count>();
    }

    /// <summary>An open store.</summary>
    public sealed class Engine : IDisposable
    {
        public const uint PurposeCare = 1;
        private IntPtr handle;

        public static string Version { get { return Copied.Utf8(C.liasse_version_string()); } }

        public static void CreateKeyFile(string path)
        {
            using (var lent = new Lent())
            {
                IntPtr error;
                var code = C.liasse_key_file_create(lent.Text(path), out error);
                LiasseException.ThrowUnless(code, error);
            }
        }

        private delegate int Start(
            IntPtr directory, ref C.OpenOptions how, out IntPtr engine, out IntPtr error);

        private Engine(Start start, string directory, string keyFile)
        {
            C.CheckVersion();
            using (var lent = new Lent())
            {
                var how = new C.OpenOptions();
                how.Size = C.SizeOf<C.OpenOptions>();
                how.KeyFile = lent.Text(keyFile);
                IntPtr error;
                var code = start(lent.Text(directory), ref how, out handle, out error);
                LiasseException.ThrowUnless(code, error);
            }
        }

        public static Engine Create(string directory, string keyFile)
        {
            return new Engine(C.liasse_engine_create, directory, keyFile);
        }

        public static Engine Open(string directory, string keyFile)
        {
            return new Engine(C.liasse_engine_open, directory, keyFile);
        }

        public Session Session(string actor, string profession, uint purpose)
        {
            using (var lent = new Lent())
            {
                var who = new C.SessionOptions();
                who.Size = C.SizeOf<C.SessionOptions>();
                who.Actor = lent.Text(actor);
                who.Profession = lent.Text(profession);
                who.Purpose = purpose;
                IntPtr session, error;
                var code = C.liasse_session_open(handle, ref who, out session, out error);
                LiasseException.ThrowUnless(code, error);
                return new Session(session);
            }
        }

        public void Dispose()
        {
            if (handle == IntPtr.Zero) return;
            IntPtr error, closed = handle;
            handle = IntPtr.Zero;
            var code = C.liasse_engine_close(closed, out error);
            LiasseException.ThrowUnless(code, error);
        }
    }

    /// <summary>Who asks and why.</summary>
    public sealed class Session : IDisposable
    {
        public const uint AbsentRefuse = 0, AbsentOpen = 1, OutcomeKept = 1;
        public const uint StatusesApproved = 0, FormWords = 0, FormJson = 1;
        private IntPtr handle;

        internal Session(IntPtr owned) { handle = owned; }

        public Id Deposit(byte[] document, uint absent, out uint outcome)
        {
            using (var lent = new Lent())
            {
                var what = new C.DepositOptions();
                what.Size = C.SizeOf<C.DepositOptions>();
                what.Bytes = lent.Bytes(document);
                what.Length = (UIntPtr)(ulong)document.LongLength;
                what.Absent = absent;
                Id id;
                IntPtr error;
                var code = C.liasse_session_deposit(
                    handle, ref what, out id, IntPtr.Zero, out outcome, out error);
                LiasseException.ThrowUnless(code, error);
                return id;
            }
        }

        private delegate int Next(IntPtr cursor, out IntPtr row, out IntPtr error);

        private static void Rows(Next next, IntPtr cursor, Action<IntPtr> each)
        {
            while (true)
            {
                IntPtr row, error;
                var code = next(cursor, out row, out error);
                LiasseException.ThrowUnless(code, error);
                if (row == IntPtr.Zero) return;
                each(row);
            }
        }

        public List<Entry> Entries(string patient, uint statuses)
        {
            IntPtr cursor, error;
            using (var lent = new Lent())
            {
                var code = C.liasse_session_entries(
                    handle, lent.Text(patient), statuses, out cursor, out error);
                LiasseException.ThrowUnless(code, error);
            }
            try
            {
                var entries = new List<Entry>();
                Rows(C.liasse_entries_next, cursor,
                    row => entries.Add(new Entry(C.Row<C.EntryRow>(row))));
                return entries;
            }
            finally { C.liasse_entries_free(cursor); }
        }

        public Answer Ask(string query, uint form)
        {
            IntPtr given, error;
            using (var lent = new Lent())
            {
                var text = Lent.Utf8(query);
                var what = new C.SearchOptions();
                what.Size = C.SizeOf<C.SearchOptions>();
                what.Query = lent.Bytes(text);
                what.QueryLength = (UIntPtr)(ulong)text.LongLength;
                what.Form = form;
                var code = C.liasse_session_ask(handle, ref what, out given, out error);
                LiasseException.ThrowUnless(code, error);
            }
            try
            {
                var answer = new Answer();
                Rows(C.liasse_answer_next_hit, given,
                    row => answer.Hits.Add(new Hit(C.Row<C.HitRow>(row))));
                Rows(C.liasse_answer_next_count, given,
                    row => answer.Counts.Add(new Count(C.Row<C.CountRow>(row))));
                return answer;
            }
            finally { C.liasse_answer_free(given); }
        }

        public byte[] Fetch(Id document)
        {
            IntPtr bytes, error;
            var code = C.liasse_session_fetch(handle, ref document, out bytes, out error);
            LiasseException.ThrowUnless(code, error);
            try
            {
                return Copied.Bytes(C.liasse_bytes_data(bytes), C.liasse_bytes_length(bytes));
            }
            finally { C.liasse_bytes_free(bytes); }
        }

        public void Dispose()
        {
            C.liasse_session_close(handle);
            handle = IntPtr.Zero;
        }
    }
}
